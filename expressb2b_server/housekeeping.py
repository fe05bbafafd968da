"""What has to be done now and then beside requests: writing key uses, forgetting what is old."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.services import idempotency
from expressb2b_core.services.deliveries import Deliveries
from expressb2b_server.app import Application

_log = logging.getLogger("expressb2b.housekeeping")

FLUSH_SECONDS = 5
PRUNE_SECONDS = 3600

_NS_PER_SECOND = 1_000_000_000
_BATCH = 1000


class Housekeeping:
    """A thread that does these things while the server runs, and once more at its end."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._runtime = application.b2b.runtime
        self._deliveries = Deliveries(self._runtime)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._prune_at_ns = 0

    def start(self) -> None:
        """Go on with the limits of before, and begin."""
        self._application.limits.restore()
        self._thread.start()

    def stop(self) -> None:
        """End, and write what is only in memory so far: key uses and limits."""
        self._stopping.set()
        self._thread.join()
        _attempt(lambda: self._application.key_uses.flush_uses(everything=True))
        _attempt(self._application.limits.save)

    def turn(self) -> None:
        """Do what is due now."""
        _attempt(self._application.key_uses.flush_uses)
        now_ns = self._runtime.clock.monotonic_ns()
        if now_ns >= self._prune_at_ns:
            self._prune_at_ns = now_ns + PRUNE_SECONDS * _NS_PER_SECOND
            _attempt(self._prune)

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_SECONDS):
            self.turn()
        self._runtime.database.close_thread()

    def _prune(self) -> None:
        # In small writes, since requests wait for each of them.
        for prune in (self._prune_replies, self._deliveries.prune):
            while prune() and not self._stopping.is_set():
                pass
        self._application.limits.prune()

    def _prune_replies(self) -> int:
        return idempotency.prune(self._runtime, _BATCH)


def _attempt(work: Callable[[], object]) -> None:
    """Do it, and go on if it fails: the next turn tries again."""
    try:
        work()
    except StorageUnavailable as error:
        _log.warning("put off: %s", error)
    except Exception:
        _log.exception("housekeeping failed")
