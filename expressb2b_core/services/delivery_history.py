"""Deliveries as people and integrators see them: listed, looked into, repeated, released."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import peewee

from expressb2b_core.errors import NotFound
from expressb2b_core.inputs import moments
from expressb2b_core.inputs.constraints import is_id
from expressb2b_core.inputs.webhooks import DeliveryQuery, Replay
from expressb2b_core.services import outbox
from expressb2b_core.services.documents import Document, Page, encode, lines_of
from expressb2b_core.services.listing import Condition, RowListing, Sort
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.webhook_documents import EndpointRow
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Row
from expressb2b_core.storage.statements import ListStatement, Scalar, Statement, param, values_from

D = tables.Delivery
A = tables.DeliveryAttempt
E = tables.Event

RELEASED_PER_SECOND = 20
"""How fast held or replayed deliveries of one endpoint become due."""

_COLUMNS = (
    D.id, D.endpoint, D.event, D.event_type, D.status, D.attempts, D.due_at_ms, D.lease_holder,
    D.created_at, D.finished_at,
)  # fmt: skip
DELIVERIES = RowListing(
    "deliveries", D, _COLUMNS, {"-created_at": Sort((D.created_at, D.id), descending=True)}
)
_by_id = Statement(
    lambda: D.select(*_COLUMNS).where((D.workspace == param("workspace")) & (D.id == param("id")))
)
_attempts = Statement(
    lambda: (
        A.select(A.at, A.duration_ms, A.status, A.response, A.error)
        .where(A.delivery == param("delivery"))
        .order_by(A.number)
    )
)
_queue_again = Statement(
    # One that is in flight is being delivered already.
    lambda: D.update(
        status="pending", failures=0, due_at_ms=param("due_at_ms"), lease_holder=None,
        finished_at=None,
    ).where(
        (D.id == param("id")) & (D.lease_holder.is_null() | (D.due_at_ms <= param("now_ms")))
    )
)  # fmt: skip
_held = Statement(
    lambda: (
        D.select(D.id)
        .where((D.endpoint == param("endpoint")) & (D.status == "pending") & D.due_at_ms.is_null())
        .order_by(D.created_at, D.id)
    )
)
_make_due = Statement(lambda: D.update(values_from(D.due_at_ms)).where(D.id == param("id")))


def _in_period() -> peewee.Expression:
    # A test event has no place in the sequence: it is nothing that happened.
    return (
        (E.workspace == param("workspace"))
        & E.seq.is_null(False)
        & (E.created_at >= param("since"))
        & (E.created_at < param("until"))
    )


_events_of_period = Statement(lambda: E.select(E.id, E.type).where(_in_period()).order_by(E.seq))
_deliveries_of_period = Statement(
    lambda: (
        D.select(D.event, D.id, D.status)
        .join(E, on=(D.event == E.id))
        .where((D.endpoint == param("endpoint")) & _in_period())
        .order_by(E.seq, D.id)
    )
)
_bodies = ListStatement(lambda ids: E.select(E.id, E.body).where(E.id.in_(ids)))


class Delivery(Document):
    """One event for one endpoint; `attempts` is there when it was asked for alone."""

    id: str
    webhook_id: str
    event_id: str
    event: str
    status: str
    attempts_count: int
    next_attempt_at: str | None
    created_at: str
    finished_at: str | None
    attempts: list[dict[str, str | int | None]]


def page(scope: Scope, endpoint_id: str, asked: DeliveryQuery) -> Page[Delivery]:
    """One page of an endpoint's deliveries, newest first."""
    conditions = [
        Condition("endpoint", lambda: D.endpoint == param("endpoint"), {"endpoint": endpoint_id})
    ]
    if (status := asked.get("status")) is not None:
        conditions.append(
            Condition("status", lambda: D.status == param("status"), {"status": status})
        )
    found = DELIVERIES.slice(scope, conditions, "-created_at", asked)
    texts = [encode(_fields(row)) for row in found.content]
    return Page(lines_of(texts), *found[1:], Delivery)


def get(scope: Scope, delivery_id: str) -> Delivery:
    """One delivery with every attempt; `NotFound`."""
    row = _row(scope, delivery_id)
    attempts = [
        {
            "at": moments.text(at),
            "duration_ms": duration_ms,
            "status": status,
            "response": response,
            "error": error,
        }
        for at, duration_ms, status, response, error in scope.runtime.database.rows(
            _attempts, delivery=delivery_id
        )
    ]
    return Delivery(encode(_fields(row) | {"attempts": attempts}))


def release(scope: Scope, endpoint_id: str) -> None:
    """Let what was held become due at a bounded rate, in the present write."""
    rows = scope.runtime.database.rows(_held, endpoint=endpoint_id)
    _spread(scope, _make_due, [row[0] for row in rows])


def queue_again(scope: Scope, delivery_ids: Sequence[str]) -> None:
    """Start a new round of attempts, at a bounded rate, in the present write."""
    _spread(scope, _queue_again, delivery_ids)


def replay(scope: Scope, endpoint: EndpointRow, asked: Replay) -> int:
    """Queue a period's events for this endpoint again, in the present write; how many."""
    failed_only = asked.get("failed_only", False)
    period = _period(scope, asked)
    known = scope.runtime.database.rows(_deliveries_of_period, endpoint=endpoint.id, **period)
    wanted = ("failed",) if failed_only else ("failed", "succeeded")
    again = [delivery_id for _, delivery_id, status in known if status in wanted]
    queue_again(scope, again)
    if failed_only:
        return len(again)
    missing = _never_sent(scope, endpoint, period, {row[0] for row in known})
    _queue_new(scope, endpoint, missing, len(again))
    return len(again) + len(missing)


def _period(scope: Scope, asked: Replay) -> dict[str, Scalar]:
    until = asked.get("until")
    return {
        "workspace": scope.workspace_id,
        "since": moments.parse(str(asked["since"])),
        "until": moments.parse(str(until)) if until else scope.runtime.clock.now() + 1,
    }


def _never_sent(
    scope: Scope, endpoint: EndpointRow, period: Mapping[str, Scalar], known: Container[str]
) -> list[tuple[str, str]]:
    """Id and type of the events of a period that this endpoint wants and has no delivery of."""
    return [
        (event_id, event_type)
        for event_id, event_type in scope.runtime.database.rows(_events_of_period, **period)
        if event_id not in known and outbox.wants(endpoint.events, event_type)
    ]


def _queue_new(
    scope: Scope, endpoint: EndpointRow, events: Sequence[tuple[str, str]], first: int
) -> None:
    """Queue deliveries that never were; `first` are due before them."""
    now, now_ms = scope.runtime.clock.now(), scope.runtime.agreed_now_ms()
    bodies = _older_bodies(scope, endpoint.version, [event_id for event_id, _ in events])
    outbox.queue(
        scope,
        [
            outbox.delivery_row(
                scope,
                endpoint_id=endpoint.id,
                event_id=event_id,
                event_type=event_type,
                body=bodies.get(event_id),
                due_at_ms=now_ms + _delay_ms(index),
                now=now,
            )
            for index, (event_id, event_type) in enumerate(events, first)
        ],
    )


def _older_bodies(scope: Scope, version: str, event_ids: Sequence[str]) -> dict[str, str | None]:
    if version == scope.runtime.versions.newest:
        return {}
    rows = scope.runtime.database.rows_in(_bodies, event_ids)
    return {event_id: outbox.body_for(scope, version, body) for event_id, body in rows}


def _spread(scope: Scope, statement: Statement, delivery_ids: Sequence[str]) -> None:
    if not delivery_ids:
        return
    now_ms = scope.runtime.agreed_now_ms()
    rows: list[dict[str, Scalar]] = [
        {"id": delivery_id, "due_at_ms": now_ms + _delay_ms(index), "now_ms": now_ms}
        for index, delivery_id in enumerate(delivery_ids)
    ]
    scope.runtime.database.execute_many(statement, rows)
    scope.runtime.database.after_commit(scope.runtime.deliveries_waiting)


def _delay_ms(index: int) -> int:
    return index * 1000 // RELEASED_PER_SECOND


def _row(scope: Scope, delivery_id: str) -> Row:
    row = None
    if is_id(delivery_id):
        row = scope.runtime.database.row(_by_id, workspace=scope.workspace_id, id=delivery_id)
    if row is None:
        raise NotFound("delivery", delivery_id)
    return row


def _fields(row: Row) -> dict[str, object]:
    (
        delivery_id, endpoint_id, event_id, event_type, status, attempts, due_at_ms, lease_holder,
        created_at, finished_at,
    ) = row  # fmt: skip
    waiting = due_at_ms is not None and lease_holder is None
    return {
        "id": delivery_id,
        "webhook_id": endpoint_id,
        "event_id": event_id,
        "event": event_type,
        "status": status,
        "attempts_count": attempts,
        "next_attempt_at": moments.text(due_at_ms // 1000) if waiting else None,
        "created_at": moments.text(created_at),
        "finished_at": moments.optional_text(finished_at),
    }
