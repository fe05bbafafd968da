"""Records what came of attempts to deliver: the delivery's state, its history, its endpoint's
health.

Only the holder of a delivery's lease may record anything about it. When to try again is decided
by `rules.retry_schedule`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from expressb2b_core.rules import retry_schedule
from expressb2b_core.runtime import Runtime
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Database, Row
from expressb2b_core.storage.statements import (
    ListStatement,
    Scalar,
    Statement,
    all_values_from,
    param,
)

D = tables.Delivery
W = tables.WebhookEndpoint
A = tables.DeliveryAttempt

_HTTP_GONE = 410
_HEALTH_NOTED_EVERY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery to be attempted now, by whoever claimed it alone.

    `attempts` were made before, `failures` of them since it was queued or queued again. `secrets`
    are all that sign now, the newest first.
    """

    delivery_id: str
    endpoint_id: str
    workspace_id: str
    url: str
    event_id: str
    event_type: str
    body: bytes
    version: str
    secrets: Sequence[str]
    attempts: int
    failures: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came of the attempt of a claim. `status` is of HTTP; `error` a short text."""

    claim: Claim
    ok: bool
    at: int
    duration_ms: int
    status: int | None = None
    response: str | None = None
    error: str | None = None
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Disabled:
    """An endpoint that the system has disabled: it is `gone`, or was `failing` for five days."""

    endpoint_id: str
    reason: str


_succeed = ListStatement(
    lambda ids: D.update(
        status="succeeded", attempts=D.attempts + 1, due_at_ms=None, lease_holder=None,
        finished_at=param("now"),
    )
    .where(D.id.in_(ids) & (D.lease_holder == param("holder")))
    .returning(D.id)
)  # fmt: skip
_fail = Statement(
    lambda: D.update(
        status=param("status"), attempts=D.attempts + 1, failures=param("failures"),
        due_at_ms=param("due_at_ms"), lease_holder=None, finished_at=param("finished_at"),
    ).where((D.id == param("id")) & (D.lease_holder == param("holder")))
)  # fmt: skip
_insert_attempt = Statement(lambda: A.insert(all_values_from(A)))
_health = ListStatement(
    lambda ids: (
        W.select(W.id, W.status, W.failing_since, W.last_success_at, W.last_failure_at)
        .where(W.id.in_(ids))
        .order_by(W.id)
    ),
    locking=True,
)
_note_success = Statement(
    lambda: W.update(failing_since=None, last_success_at=param("now")).where(W.id == param("id"))
)
_note_failure = Statement(
    lambda: W.update(failing_since=param("since"), last_failure_at=param("now")).where(
        W.id == param("id")
    )
)
_disable = Statement(
    lambda: W.update(
        status="disabled", disabled_reason=param("reason"), updated_at=param("now")
    ).where((W.id == param("id")) & (W.status == "enabled"))
)
_hold = Statement(
    lambda: D.update(due_at_ms=None).where(
        (D.endpoint == param("endpoint")) & D.due_at_ms.is_null(False) & D.lease_holder.is_null()
    )
)


def record(
    runtime: Runtime, holder: str, results: Sequence[Result], steps_seconds: Sequence[float]
) -> list[Disabled]:
    """Record these attempts, in the present write; the endpoints that were disabled by it.

    What `holder` has no lease of any more is passed over: it is another's by now.
    """
    now = runtime.clock.now()
    delivered = [result.claim.delivery_id for result in results if result.ok]
    own = {row[0] for row in runtime.database.rows_in(_succeed, delivered, holder=holder, now=now)}
    for result in results:
        if not result.ok:
            failure = _failure(runtime, result, steps_seconds, now)
            if runtime.database.execute(_fail, holder=holder, **failure):
                own.add(result.claim.delivery_id)
    recorded = [result for result in results if result.claim.delivery_id in own]
    runtime.database.execute_many(_insert_attempt, [_attempt(result) for result in recorded])
    return _note_health(runtime.database, recorded, now)


def hold(database: Database, endpoint_id: str) -> None:
    """Let nothing of this endpoint become due, in the present write.

    One that is in flight is let finish; recording its outcome holds it, if it failed.
    """
    database.execute(_hold, endpoint=endpoint_id)


def _failure(
    runtime: Runtime, result: Result, steps_seconds: Sequence[float], now: int
) -> dict[str, Scalar]:
    failures = result.claim.failures + 1
    delay_seconds = None
    if result.status != _HTTP_GONE:
        delay_seconds = retry_schedule.next_delay_seconds(
            failures, runtime.random_fraction(), steps_seconds, result.retry_after_seconds
        )
    given_up = delay_seconds is None
    return {
        "id": result.claim.delivery_id,
        "status": "failed" if given_up else "pending",
        "failures": failures,
        "due_at_ms": _later_ms(runtime, delay_seconds),
        "finished_at": now if given_up else None,
    }


def _later_ms(runtime: Runtime, delay_seconds: float | None) -> int | None:
    return None if delay_seconds is None else runtime.agreed_now_ms() + round(delay_seconds * 1000)


def _attempt(result: Result) -> dict[str, Scalar]:
    return {
        "delivery_id": result.claim.delivery_id,
        "number": result.claim.attempts + 1,
        "at": result.at,
        "duration_ms": result.duration_ms,
        "status": result.status,
        "response": result.response,
        "error": result.error,
    }


def _note_health(database: Database, results: Sequence[Result], now: int) -> list[Disabled]:
    by_endpoint: dict[str, list[Result]] = {}
    for result in results:
        by_endpoint.setdefault(result.claim.endpoint_id, []).append(result)
    disabled = []
    for row in database.rows_in(_health, list(by_endpoint)):
        reason = _note_health_of(database, row, by_endpoint[row[0]], now)
        if reason is not None:
            disabled.append(Disabled(row[0], reason))
    return disabled


def _note_health_of(
    database: Database, row: Row, results: Sequence[Result], now: int
) -> str | None:
    """Keep one endpoint's health; why it had to be disabled, if it had to."""
    endpoint_id, status, failing_since, last_success_at, last_failure_at = row
    if any(result.ok for result in results):
        if failing_since is not None or _is_old(last_success_at, now):
            database.execute(_note_success, id=endpoint_id, now=now)
        failing_since = None
    if all(result.ok for result in results):
        return None
    since = now if failing_since is None else failing_since
    if failing_since is None or _is_old(last_failure_at, now):
        database.execute(_note_failure, id=endpoint_id, since=since, now=now)
    reason = _reason_to_disable(results, since, now) if status == "enabled" else None
    if reason is not None:
        database.execute(_disable, id=endpoint_id, reason=reason, now=now)
    if reason is not None or status != "enabled":
        hold(database, endpoint_id)
    return reason


def _is_old(noted_at: int | None, now: int) -> bool:
    """Health is noted at most once a minute while it stays the same."""
    return noted_at is None or now - noted_at >= _HEALTH_NOTED_EVERY_SECONDS


def _reason_to_disable(results: Sequence[Result], failing_since: int, now: int) -> str | None:
    if any(result.status == _HTTP_GONE for result in results):
        return "gone"
    return "failing" if retry_schedule.should_disable(failing_since, now) else None
