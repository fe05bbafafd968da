"""What is due and who delivers it: the queue behind the delivery pool.

A delivery is claimed under a lease: claiming moves its due time to the lease's end, so that one
whose worker died becomes due again by itself. Which endpoints get their turn is chosen by whoever
delivers, and so are threads and sockets; what came of an attempt is recorded by
`delivery_attempts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import peewee

from expressb2b_core.rules import retry_schedule
from expressb2b_core.runtime import Runtime
from expressb2b_core.services import delivery_attempts
from expressb2b_core.services.delivery_attempts import Claim, Disabled, Result
from expressb2b_core.services.webhook_secrets import signing_secrets
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Row
from expressb2b_core.storage.statements import ListStatement, Statement, param

__all__ = ["Choice", "Claim", "Deliveries", "Disabled", "Result", "Turn", "Waiting"]

D = tables.Delivery
W = tables.WebhookEndpoint
E = tables.Event
A = tables.DeliveryAttempt

LEASE_MS = 60_000
RETENTION_SECONDS = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Waiting:
    """An endpoint with something due, the first since `due_at_ms`.

    `leased` of its deliveries are claimed and not recorded yet, by whomever.
    """

    endpoint_id: str
    workspace_id: str
    due_at_ms: int
    leased: int


Choice = Callable[[Sequence[Waiting]], Mapping[str, int]]
"""From the endpoints that wait to how many deliveries of each are to be claimed.

It runs inside the write and may run again, so it only decides."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn gave: claims to attempt, and endpoints that were disabled by its results.

    `next_due_at_ms` is when there is something to claim again: in the past when more was due
    already but had to be left (`more_is_due`), None when nothing waits. `later_in_ms` is how long
    after this turn the first becomes due of what was not.
    """

    claims: Sequence[Claim]
    disabled: Sequence[Disabled]
    next_due_at_ms: int | None
    more_is_due: bool = False
    later_in_ms: int | None = None


@dataclass(frozen=True, slots=True)
class _Queue:
    """The endpoints with something due, and when each (None: any other) has more to do."""

    waiting: Sequence[Waiting]
    now_ms: int
    due_at_ms: dict[str | None, int | None]

    def turn(self, claims: Sequence[Claim], disabled: Sequence[Disabled]) -> Turn:
        due = [moment for moment in self.due_at_ms.values() if moment is not None]
        later = [moment - self.now_ms for moment in due if moment > self.now_ms]
        more_is_due = len(later) < len(due)
        return Turn(claims, disabled, min(due, default=None), more_is_due, min(later, default=None))


_Due = D.alias("due")
_Leased = D.alias("leased")


def _first_due() -> peewee.ModelSelect[tables.WebhookEndpoint]:
    """Each enabled endpoint, and when its first delivery becomes due; one probe of an index."""
    first = (
        _Due.select(_Due.due_at_ms)
        .where((_Due.endpoint == W.id) & _Due.due_at_ms.is_null(False))
        .order_by(_Due.due_at_ms)
        .limit(1)
    )
    return (
        W.select(W.id.alias("id"), W.workspace.alias("workspace_id"), first.alias("due_at_ms"))
        .where(W.status == "enabled")
        .alias("first_due")
    )


def _due_endpoints() -> peewee.Query:
    endpoint = _first_due()
    leased = _Leased.select(peewee.fn.COUNT(peewee.SQL("*"))).where(
        (_Leased.endpoint == endpoint.c.id)
        & _Leased.lease_holder.is_null(False)
        & (_Leased.due_at_ms > param("now_ms"))
    )
    return (
        peewee.Select([endpoint])
        .columns(endpoint.c.id, endpoint.c.workspace_id, endpoint.c.due_at_ms, leased)
        .where(endpoint.c.due_at_ms <= param("now_ms"))
    )


def _next_due() -> peewee.Query:
    endpoint = _first_due()
    return (
        peewee.Select([endpoint])
        .columns(peewee.fn.MIN(endpoint.c.due_at_ms))
        .where(endpoint.c.due_at_ms > param("now_ms"))
    )


# The endpoints without work are left out by the database: each row that is fetched costs a
# change of threads while others are busy.
_due_now = Statement(_due_endpoints)
_due_later = Statement(_next_due)
_first_of_endpoint = Statement(
    lambda: (
        D.select(D.id, D.due_at_ms)
        .where((D.endpoint == param("endpoint")) & D.due_at_ms.is_null(False))
        .order_by(D.due_at_ms, D.id)
        .limit(param("limit"))
    ),
    # What another node is claiming at this moment is not waited for.
    locking="skip",
)
_lease = ListStatement(
    lambda ids: D.update(due_at_ms=param("until_ms"), lease_holder=param("holder")).where(
        D.id.in_(ids) & (D.due_at_ms <= param("now_ms"))
    )
)
_leased = ListStatement(
    lambda ids: (
        D.select(
            D.id, D.endpoint, D.workspace, W.url, E.id, D.event_type, D.body, E.body, W.version,
            W.secret_version, W.old_secret_until, D.attempts, D.failures,
        )
        .join(W, on=(D.endpoint == W.id))
        .switch(D)
        .join(E, on=(D.event == E.id))
        .where(D.id.in_(ids) & (D.lease_holder == param("holder")))
    )
)  # fmt: skip
_release_all = Statement(
    lambda: D.update(due_at_ms=param("now_ms"), lease_holder=None).where(
        D.lease_holder.is_null(False)
    )
)
_release_own = ListStatement(
    lambda ids: D.update(due_at_ms=param("now_ms"), lease_holder=None).where(
        D.id.in_(ids) & (D.lease_holder == param("holder"))
    )
)
_old_deliveries = Statement(
    lambda: (
        D.select(D.id)
        .where((D.status == "succeeded") & (D.finished_at < param("before")))
        .order_by(D.finished_at)
        .limit(param("limit"))
    ),
    locking=True,
)
_delete_attempts = ListStatement(lambda ids: peewee.ModelDelete(A).where(A.delivery.in_(ids)))
_delete_deliveries = ListStatement(lambda ids: peewee.ModelDelete(D).where(D.id.in_(ids)))


class Deliveries:
    """The deliveries of all workspaces of a database, as one pool works on them.

    Args:
        runtime: The database and the clock.
        steps_seconds: When a failed delivery is tried again.
    """

    def __init__(
        self,
        runtime: Runtime,
        steps_seconds: Sequence[float] = retry_schedule.DEFAULT_STEPS_SECONDS,
    ) -> None:
        self._runtime = runtime
        self._database = runtime.database
        self._steps_seconds = tuple(steps_seconds)
        self.holder = runtime.new_id()

    def turn(self, choose: Choice, results: Sequence[Result] = ()) -> Turn:
        """Record what came of earlier claims and claim what is chosen, in one transaction.

        A delivery whose lease this holder let lapse is claimed like any other; who still works
        on it sees its own delivery again, under a new lease.

        Raises:
            StorageUnavailable: nothing was recorded or claimed; the same results may come again.
        """
        if not results:
            queue = self._queue(self._runtime.agreed_now_ms())
            if not choose(queue.waiting):
                return queue.turn((), ())
        return self._database.write(lambda: self._turn(choose, results), patient=True)

    def record(self, results: Sequence[Result]) -> Sequence[Disabled]:
        """Record what came of claims, in one transaction; raises as `turn` does."""
        return self._database.write(lambda: self._record(results), patient=True)

    def give_back(self, claims: Sequence[Claim]) -> None:
        """Let claims that were not attempted become due at once."""
        ids = [claim.delivery_id for claim in claims]
        now_ms = self._runtime.agreed_now_ms()
        self._database.write(
            lambda: self._database.execute_in(_release_own, ids, holder=self.holder, now_ms=now_ms)
        )

    def release_leases(self) -> int:
        """End all leases: for a process that knows it is the only one, when it starts."""
        return self._database.write(
            lambda: self._database.execute(_release_all, now_ms=self._runtime.agreed_now_ms())
        )

    def prune(self, batch: int = 500) -> int:
        """Remove up to a batch of what was delivered more than 30 days ago; how many."""

        def work() -> int:
            before = self._runtime.clock.now() - RETENTION_SECONDS
            rows = self._database.rows(_old_deliveries, before=before, limit=batch)
            ids = [row[0] for row in rows]
            self._database.execute_in(_delete_attempts, ids)
            self._database.execute_in(_delete_deliveries, ids)
            return len(ids)

        return self._database.write(work)

    def _record(self, results: Sequence[Result]) -> Sequence[Disabled]:
        return delivery_attempts.record(self._runtime, self.holder, results, self._steps_seconds)

    def _turn(self, choose: Choice, results: Sequence[Result]) -> Turn:
        disabled = self._record(results)
        now_ms = self._runtime.agreed_now_ms()
        queue = self._queue(now_ms)
        ids: list[str] = []
        for endpoint_id, count in choose(queue.waiting).items():
            due_ids, next_due_at_ms = self._due_of(endpoint_id, count, now_ms)
            ids += due_ids
            queue.due_at_ms[endpoint_id] = next_due_at_ms
        return queue.turn(self._claim(ids, now_ms), disabled)

    def _queue(self, now_ms: int) -> _Queue:
        rows = self._database.rows(_due_now, now_ms=now_ms)
        waiting = [Waiting(*row) for row in rows]
        due_at_ms: dict[str | None, int | None] = {row[0]: row[2] for row in rows}
        later = self._database.row(_due_later, now_ms=now_ms)
        return _Queue(waiting, now_ms, due_at_ms | {None: later[0] if later else None})

    def _due_of(self, endpoint_id: str, count: int, now_ms: int) -> tuple[list[str], int | None]:
        """At most `count` deliveries that are due, and when the one after them becomes due."""
        rows = self._database.rows(_first_of_endpoint, endpoint=endpoint_id, limit=count + 1)
        ids = [delivery_id for delivery_id, due_at_ms in rows[:count] if due_at_ms <= now_ms]
        return ids, rows[len(ids)][1] if len(ids) < len(rows) else None

    def _claim(self, ids: Sequence[str], now_ms: int) -> list[Claim]:
        until_ms = now_ms + LEASE_MS
        self._database.execute_in(_lease, ids, holder=self.holder, now_ms=now_ms, until_ms=until_ms)
        # Another node may have been quicker with some of them: those have its name now.
        rows = {row[0]: row for row in self._database.rows_in(_leased, ids, holder=self.holder)}
        return [self._as_claim(rows[one], now_ms // 1000) for one in ids if one in rows]

    def _as_claim(self, row: Row, now: int) -> Claim:
        (
            delivery_id, endpoint_id, workspace_id, url, event_id, event_type, own_body, body,
            version, secret_version, old_secret_until, attempts, failures,
        ) = row  # fmt: skip
        return Claim(
            delivery_id=delivery_id,
            endpoint_id=endpoint_id,
            workspace_id=workspace_id,
            url=url,
            event_id=event_id,
            event_type=event_type,
            body=(own_body or body).encode(),
            version=version,
            secrets=signing_secrets(
                self._runtime, endpoint_id, secret_version, old_secret_until, now
            ),
            attempts=attempts,
            failures=failures,
        )
