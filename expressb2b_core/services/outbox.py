"""The transactional outbox: which endpoints hear of an event, written with the event itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from expressb2b_core.services.documents import encode
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Scalar, Statement, all_values_from, param

W = tables.WebhookEndpoint
D = tables.Delivery

ALL_EVENTS = "*"

_live_endpoints = Statement(
    lambda: W.select(W.id, W.events, W.version, W.status).where(
        (W.workspace == param("workspace"))
        & W.deleted_at.is_null()
        & (
            (W.status == "enabled")
            # Disabled by the system, not by its owner: deliveries are held for it.
            | W.disabled_reason.in_(["failing", "gone"])
        )
    )
)
_insert_delivery = Statement(lambda: D.insert(all_values_from(D)))


def fan_out(scope: Scope, event_id: str, event_type: str, body: str, now: int) -> None:
    """Write one delivery for each endpoint that wants this event, in the present write.

    Endpoints pinned to an older version get a body of their own, made now and kept, so that
    every attempt sends the same bytes whatever release sends it.
    """
    database = scope.runtime.database
    rows = [
        delivery_row(
            scope,
            endpoint_id=endpoint_id,
            event_id=event_id,
            event_type=event_type,
            body=body_for(scope, version, body),
            due_at_ms=scope.runtime.clock.now_ms() if status == "enabled" else None,
            now=now,
        )
        for endpoint_id, events, version, status in database.rows(
            _live_endpoints, workspace=scope.workspace_id
        )
        if wants(events, event_type)
    ]
    queue(scope, rows)


def queue(scope: Scope, deliveries: Sequence[Mapping[str, Scalar]]) -> None:
    """Write new deliveries (of `delivery_row`), in the present write, and wake the pool after."""
    if deliveries:
        scope.runtime.database.execute_many(_insert_delivery, deliveries)
        scope.runtime.database.after_commit(scope.runtime.deliveries_waiting)


def wants(events: str, event_type: str) -> bool:
    """An endpoint with this list of events (as stored) is told of this one."""
    wanted = json.loads(events)
    return event_type in wanted or ALL_EVENTS in wanted


def body_for(scope: Scope, version: str, body: str) -> str | None:
    """The body for an endpoint pinned to an older version; None when it is the event's own."""
    versions = scope.runtime.versions
    if version == versions.newest:
        return None
    return encode(versions.take_back("event", version, json.loads(body)))


def delivery_row(
    scope: Scope,
    *,
    endpoint_id: str,
    event_id: str,
    event_type: str,
    body: str | None,
    due_at_ms: int | None,
    now: int,
) -> dict[str, Scalar]:
    """A new delivery, due at `due_at_ms`, or held while that is None."""
    return {
        "id": scope.runtime.new_id(),
        "workspace_id": scope.workspace_id,
        "endpoint_id": endpoint_id,
        "event_id": event_id,
        "event_type": event_type,
        "status": "pending",
        "attempts": 0,
        "failures": 0,
        "due_at_ms": due_at_ms,
        "lease_holder": None,
        "body": body,
        "created_at": now,
        "finished_at": None,
    }
