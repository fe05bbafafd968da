"""What was told of an order: its events, and what became of each delivery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from peewee import JOIN

from expressb2b_core.inputs.moments import text
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, param

E = tables.Event
D = tables.Delivery
W = tables.WebhookEndpoint

_trail = Statement(
    lambda: (
        E.select(E.id, E.seq, E.type, E.created_at, D.id, D.status, D.attempts, W.id, W.url)
        .join(D, JOIN.LEFT_OUTER, on=(D.event == E.id))
        .join(W, JOIN.LEFT_OUTER, on=(W.id == D.endpoint))
        .where((E.workspace == param("workspace")) & (E.order == param("order")))
        .order_by(E.seq, D.id)
    )
)


class TrailDelivery(NamedTuple):
    """One delivery of an event."""

    id: str
    status: str
    attempts: int
    endpoint_id: str
    url: str


class TrailEvent(NamedTuple):
    """An event and its deliveries; none where no endpoint wanted it."""

    id: str
    seq: int
    type: str
    created_at: str
    deliveries: list[TrailDelivery]


def trail(scope: Scope, order_id: str) -> Sequence[TrailEvent]:
    """The events of an order in their order; empty for one that this workspace does not have."""
    found: dict[str, TrailEvent] = {}
    for row in scope.runtime.database.rows(_trail, workspace=scope.workspace_id, order=order_id):
        event_id, seq, event_type, created_at, delivery_id, status, attempts, endpoint_id, url = row
        event = found.setdefault(
            event_id, TrailEvent(event_id, seq, event_type, text(created_at), [])
        )
        if delivery_id is not None:
            event.deliveries.append(TrailDelivery(delivery_id, status, attempts, endpoint_id, url))
    return list(found.values())
