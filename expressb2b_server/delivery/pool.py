"""The delivery pool: takes what is due, has it sent by worker threads, records what came of it.

One thread, the dispatcher, decides and is the only one that touches the database: what has
finished is recorded and what may start is claimed in the same transaction. Which endpoint gets
its turn is decided in `lanes`, what is due and what follows from a result in the core.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.rules import retry_schedule
from expressb2b_core.runtime import Runtime
from expressb2b_core.services.deliveries import Claim, Deliveries, Disabled, Result, Turn
from expressb2b_server.delivery.attempts import attempt
from expressb2b_server.delivery.inbox import Inbox
from expressb2b_server.delivery.lanes import Lanes
from expressb2b_server.delivery.sender import Outcome, OutgoingRequest
from expressb2b_server.delivery.series import Series
from expressb2b_server.delivery.workers import Workers

POLL_SECONDS = 1.0
"""How often the database is asked when nothing else gives a reason to: finds what other
processes, such as the command line, have queued."""

GATHER_SECONDS = 0.005
"""How long the first of several series waits for the others when there is more to send: one
transaction for all of them leaves more time for sending."""

STOP_SECONDS = 17.0
"""Long enough for an attempt with the default timeout, short enough for whoever stops us."""

_RETRY_NS = 500_000_000
_POLL_NS = round(POLL_SECONDS * 1e9)

_log = logging.getLogger("expressb2b.delivery")


class Sends(Protocol):
    """What the pool needs of a `Sender`; called from many threads."""

    def send(self, request: OutgoingRequest) -> Outcome: ...


class DeliveryPool:
    """Delivers the webhooks of all workspaces of a database, at least once each.

    A program that embeds the library starts it beside its own work:

        from expressb2b_core import ExpressB2B
        from expressb2b_server.delivery import DeliveryPool, Sender

        sender = Sender()
        b2b = ExpressB2B("sqlite:///shop.db", check_webhook_url=sender.check)
        with DeliveryPool(b2b.runtime, sender):
            ...

    What this process commits is sent within milliseconds, what others commit within a second.
    Several pools, in several processes, may work on one database. A pool is started once.

    Args:
        runtime: The database to work on: `ExpressB2B(…).runtime`.
        sender: Makes the requests; closed by its owner, after the pool has stopped.
        steps_seconds: How long to wait after each failure of a delivery.
        workers: How many deliveries at once to receivers that answer quickly.
        slow_workers: How many at once to all those that do not.
        is_only_pool: No other process delivers from this database, so what is still leased at
            the start belongs to nobody and is sent at once, not at the lease's end.
    """

    def __init__(
        self,
        runtime: Runtime,
        sender: Sends,
        *,
        steps_seconds: Sequence[float] = retry_schedule.DEFAULT_STEPS_SECONDS,
        workers: int = 32,
        slow_workers: int = 4,
        is_only_pool: bool = False,
    ) -> None:
        if workers < 1 or slow_workers < 1:
            raise ValueError("a delivery pool needs at least one worker in each lane")
        self._runtime = runtime
        self._sender = sender
        self._deliveries = Deliveries(runtime, steps_seconds)
        self._lanes = Lanes(workers, slow_workers)
        self._is_only_pool = is_only_pool
        self._workers = Workers(self._work)
        self._inbox = Inbox()
        self._stopping = False
        self._given_up = False
        self._dispatcher = threading.Thread(target=self._run, name="delivery", daemon=True)
        # The dispatcher's own:
        self._woken = False
        self._finished: list[Result] = []
        self._unattempted: list[Claim] = []
        self._more_is_due = False
        self._look_at_ns = 0
        self._storage_failed = False

    def start(self) -> None:
        """Begin to deliver; returns at once.

        Raises:
            StorageUnavailable: the leases of an earlier process could not be ended.
            RuntimeError: it was started before.
        """
        if self._dispatcher.ident is not None:
            raise RuntimeError("a delivery pool can be started once")
        if self._is_only_pool:
            self._deliveries.release_leases()
        self._runtime.wake_deliveries.append(self.wake)
        self._dispatcher.start()

    def stop(self, deadline_seconds: float = STOP_SECONDS) -> None:
        """Start nothing more, let what is in flight finish, record it; then return.

        After the deadline it returns all the same: what was not recorded by then is delivered
        again by whoever comes next. Does nothing when the pool is not running.
        """
        if not self._dispatcher.is_alive():
            return
        if not self._stopping:
            self._runtime.wake_deliveries.remove(self.wake)
        self._stopping = True
        self._inbox.ring()
        self._dispatcher.join(deadline_seconds)
        if self._dispatcher.is_alive():
            _log.warning("deliveries were still in flight when the time to stop was over")
            self._given_up = True
            self._inbox.ring()

    def wake(self) -> None:
        """Look for due deliveries now; cheap, and safe from any thread."""
        self._inbox.ring()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # The workers' threads

    def _work(self, series: Series) -> None:
        series.attempt_all(self._attempt)
        self._inbox.put(series)

    def _attempt(self, claim: Claim) -> Result:
        return attempt(claim, self._sender.send, self._runtime.clock)

    # The dispatcher's thread

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._take_over(self._seconds_to_wait())
                self._take_turn()
            self._stop_all()
            self._take_turn()
            while self._has_to_end() and not self._given_up:
                self._take_over(POLL_SECONDS)
                self._take_turn()
        finally:
            self._workers.end()
            self._runtime.database.close_thread()

    def _seconds_to_wait(self) -> float:
        return min(POLL_SECONDS, max(0, self._look_at_ns - self._now_ns()) / 1e9)

    def _take_over(self, seconds: float) -> None:
        """Wait for something to do, and take over the results that are there."""
        self._inbox.wait(seconds)
        if self._more_is_due:
            self._inbox.wait(GATHER_SECONDS, self._lanes.quick_in_flight)
        ended, rung = self._inbox.take()
        self._woken = self._woken or rung
        for series in ended:
            self._lanes.end(series, self._leave(series))

    def _leave(self, series: Series) -> list[Result]:
        """Take over what came of a series; what it has not begun is left to a later one."""
        self._unattempted += series.take_back()
        results = series.take_results()
        self._finished += results
        return results

    def _has_to_end(self) -> bool:
        return bool(self._lanes or self._finished or self._unattempted)

    def _take_turn(self) -> None:
        """Record what has finished and start what may start; what fails comes again."""
        for series in self._lanes.move_overdue(self._now_ns()):
            self._leave(series)
        try:
            self._give_back()
            if self._stopping or not self._has_to_look():
                self._record(self._finished)
            else:
                self._record_and_claim()
        except StorageUnavailable as error:
            self._note_outage(error)
        except Exception:
            _log.exception("recording and claiming deliveries failed")
            self._record_one_by_one()
        else:
            self._storage_failed = False

    def _has_to_look(self) -> bool:
        """Whether something may be due: the database is not asked without a reason."""
        if self._woken or self._now_ns() >= self._look_at_ns:
            return True
        if self._more_is_due:
            return bool(self._finished)
        return not all(result.ok for result in self._finished)

    def _record(self, results: Sequence[Result]) -> None:
        if results:
            _tell(self._deliveries.record(results))
            self._finished = self._finished[len(results) :]

    def _record_and_claim(self) -> None:
        self._woken = False
        began_ns = self._now_ns()
        turn = self._deliveries.turn(self._lanes.choose, self._finished)
        self._finished = []
        # The lease of one had lapsed while a worker was at it, and is renewed by its claim.
        claims = [claim for claim in turn.claims if claim.delivery_id not in self._lanes]
        for series in self._lanes.in_series(claims):
            self._lanes.start(series, self._now_ns())
            self._workers.give(series, len(self._lanes))
        self._note_next_look(turn, began_ns)
        _tell(turn.disabled)

    def _note_next_look(self, turn: Turn, began_ns: int) -> None:
        # What was left waits for room, and so for a result; what becomes due later does not,
        # even if its moment has come while this turn was written.
        self._more_is_due = turn.more_is_due
        wait_ns = _POLL_NS
        if turn.later_in_ms is not None:
            wait_ns = min(_POLL_NS, turn.later_in_ms * 1_000_000)
        self._look_at_ns = began_ns + wait_ns

    def _note_outage(self, error: StorageUnavailable) -> None:
        if not self._storage_failed:
            _log.warning("deliveries wait for the database: %s", error)
        self._storage_failed = True
        self._look_at_ns = self._now_ns() + _RETRY_NS

    def _record_one_by_one(self) -> None:
        """Keep one result that cannot be recorded from holding up all others."""
        self._look_at_ns = self._now_ns() + _POLL_NS
        while self._finished:
            try:
                self._record(self._finished[:1])
            except StorageUnavailable:
                return
            except Exception:
                # Its lease will end, and it is attempted again.
                _log.exception("delivery %s", self._finished[0].claim.delivery_id)
                del self._finished[0]

    def _stop_all(self) -> None:
        """Let no attempt begin any more."""
        for series in self._workers.withdraw():
            self._lanes.end(series, self._leave(series))
        for series in self._lanes.under_way:
            self._leave(series)

    def _give_back(self) -> None:
        if self._unattempted:
            self._deliveries.give_back(self._unattempted)
            self._unattempted = []

    def _now_ns(self) -> int:
        return self._runtime.clock.monotonic_ns()


def _tell(disabled: Sequence[Disabled]) -> None:
    for endpoint in disabled:
        _log.warning(
            "webhook endpoint %s was disabled: %s", endpoint.endpoint_id, _REASONS[endpoint.reason]
        )


_REASONS = {
    "gone": "it answered 410 Gone",
    "failing": "no delivery has succeeded for five days",
}
