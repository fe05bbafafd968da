"""Was a delivery written for every event that an endpoint wanted?

What an endpoint wanted is known since it was last changed, and deliveries that succeeded are kept
for 30 days. So the check covers every endpoint that hears of events now, and of these the events
since its last change, at most of the last 30 days; what lies before can no longer be told.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import NamedTuple

import peewee

from expressb2b_core.inputs import moments
from expressb2b_core.rules.order_states import EVENTS
from expressb2b_core.runtime import Runtime
from expressb2b_core.services.deliveries import RETENTION_SECONDS
from expressb2b_core.services.health.findings import Finding
from expressb2b_core.services.outbox import ALL_EVENTS
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import ListStatement, Statement, param

D = tables.Delivery
E = tables.Event
H = tables.WebhookEndpoint
W = tables.Workspace

# The clocks of several nodes on one database differ a little.
_MARGIN_SECONDS = 60


class _Endpoint(NamedTuple):
    id: str
    workspace_id: int
    workspace: str
    url: str
    events: str
    updated_at: int


_hearing = Statement(
    lambda: (
        H.select(H.id, H.workspace, W.name, H.url, H.events, H.updated_at)
        .join(W)
        .where(
            H.deleted_at.is_null()
            & ((H.status == "enabled") | H.disabled_reason.in_(["failing", "gone"]))
        )
        .order_by(H.id)
    )
)
_untold = ListStatement(
    lambda types: E.select(E.created_at).where(
        (E.workspace == param("workspace"))
        & E.seq.is_null(False)
        & (E.created_at > param("since"))
        & E.type.in_(types)
        & ~peewee.fn.EXISTS(
            D.select(peewee.SQL("1")).where((D.event == E.id) & (D.endpoint == param("endpoint")))
        )
    )
)


def check(runtime: Runtime) -> Iterator[Finding]:
    """Endpoints that were passed over, with how to deliver what they missed."""
    kept_since = runtime.clock.now() - RETENTION_SECONDS
    with runtime.database.snapshot():
        found = [
            (endpoint, _missed(runtime, endpoint, kept_since))
            for endpoint in map(_Endpoint._make, runtime.database.rows(_hearing))
        ]
    for endpoint, missed in found:
        if missed:
            yield _finding(endpoint, missed)


def _missed(runtime: Runtime, endpoint: _Endpoint, kept_since: int) -> list[int]:
    """When the events happened that this endpoint wanted and has no delivery of."""
    wanted = json.loads(endpoint.events)
    rows = runtime.database.rows_in(
        _untold,
        EVENTS if ALL_EVENTS in wanted else wanted,
        workspace=endpoint.workspace_id,
        endpoint=endpoint.id,
        since=max(endpoint.updated_at, kept_since) + _MARGIN_SECONDS,
    )
    return [row[0] for row in rows]


def _finding(endpoint: _Endpoint, missed: list[int]) -> Finding:
    since = moments.text(min(missed))
    return Finding(
        "error",
        f"endpoint {endpoint.url} of {endpoint.workspace}",
        f"{len(missed)} events since {since} were never queued for it",
        f"expressb2b webhooks replay {endpoint.id} --since {since} "
        f"--workspace {shlex.quote(endpoint.workspace)}",
    )
