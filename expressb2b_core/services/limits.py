"""Counts requests against their limits, exactly, for all threads of a process.

Windows live in memory. A graceful end saves them and the next start restores them; after a crash
they begin anew. Counting for several processes together is left to `shared_limits`.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import peewee

from expressb2b_core.rules.rate_limit import Decision, Window
from expressb2b_core.runtime import Runtime
from expressb2b_core.services.documents import encode
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Row
from expressb2b_core.storage.statements import Scalar, Statement, all_values_from

R = tables.RateLog

FAILED_AUTHENTICATION = "failed_authentication"
"""The one bucket whose subjects are client addresses, not keys."""

DEFAULTS: Mapping[str, int] = MappingProxyType(
    {"read": 120, "write": 60, "webhook_registration": 10, FAILED_AUTHENTICATION: 60}
)
"""How many requests in any 60 seconds, for each bucket."""

MAX_ADDRESSES = 20_000
_NS_PER_SECOND = 1_000_000_000
_FORGOTTEN_AT_ONCE = 2

_all_logs = Statement(lambda: R.select(R.subject, R.bucket, R.log, R.saved_at))
_delete_logs = Statement(lambda: peewee.ModelDelete(R))
_insert_log = Statement(lambda: R.insert(all_values_from(R)))

_Subject = tuple[str, str]


class RequestLimits(Protocol):
    """Who counts requests, wherever that is. Thread-safe."""

    def take(self, subject: str, bucket: str, limit: int) -> Decision:
        """Decide about one request of a key or address, and count it if it may pass.

        `limit` is how many may pass in any 60 seconds; another one than before applies at once.
        """

    def save(self) -> None:
        """Before the end: keep what would be lost with this process."""

    def restore(self) -> None:
        """At the start: go on where the last process ended."""

    def prune(self) -> None:
        """Now and then: forget what counts no more."""


class Limits:
    """The windows of all keys and addresses. Thread-safe.

    What was not asked for in a minute is forgotten by and by; of addresses, which anybody can
    make up, the longest unheard-of gives way when there are `max_addresses`.
    """

    def __init__(self, runtime: Runtime, *, max_addresses: int = MAX_ADDRESSES) -> None:
        self._runtime = runtime
        self._max_addresses = max_addresses
        self._lock = threading.Lock()
        # Both in the order of their last request, the oldest first.
        self._keys: OrderedDict[_Subject, Window] = OrderedDict()
        self._addresses: OrderedDict[_Subject, Window] = OrderedDict()

    def __len__(self) -> int:
        """How many windows are remembered."""
        return len(self._keys) + len(self._addresses)

    def take(self, subject: str, bucket: str, limit: int) -> Decision:
        """Decide about one request of a key or address, and count it if it may pass.

        `limit` is how many may pass in any 60 seconds; another one than before applies at once.
        """
        windows = self._windows(bucket)
        with self._lock:
            # Read here: times that enter a window have to be in order.
            now_ns = self._runtime.clock.monotonic_ns()
            window = windows.get((subject, bucket))
            if window is None:
                window = self._open(windows, (subject, bucket), limit, now_ns)
            else:
                windows.move_to_end((subject, bucket))
                if window.limit != limit:
                    window.resize(limit)
            return window.take(now_ns)

    def prune(self) -> None:
        """Nothing: each new window makes room for itself."""

    def save(self) -> None:
        """Write all windows to the database, in place of those saved before."""
        database = self._runtime.database
        rows = self._snapshot()

        def work() -> None:
            database.execute(_delete_logs)
            if rows:
                database.execute_many(_insert_log, rows)

        database.write(work)

    def restore(self) -> None:
        """Go on with the windows saved last, older by the time that has passed since."""
        database = self._runtime.database
        rows = database.rows(_all_logs)
        with self._lock:
            now, now_ns = self._runtime.clock.now(), self._runtime.clock.monotonic_ns()
            for row in rows:
                self._restore(row, now, now_ns)
        if rows:
            database.write(lambda: database.execute(_delete_logs))

    def _windows(self, bucket: str) -> OrderedDict[_Subject, Window]:
        return self._addresses if bucket == FAILED_AUTHENTICATION else self._keys

    def _open(
        self, windows: OrderedDict[_Subject, Window], key: _Subject, limit: int, now_ns: int
    ) -> Window:
        # More leave than come, so idle windows never pile up, and no request pays for all.
        for _ in range(_FORGOTTEN_AT_ONCE):
            oldest = next(iter(windows), None)
            if oldest is None or not windows[oldest].is_empty(now_ns):
                break
            del windows[oldest]
        if windows is self._addresses and len(windows) >= self._max_addresses:
            windows.popitem(last=False)
        window = windows[key] = Window(limit)
        return window

    def _snapshot(self) -> list[dict[str, Scalar]]:
        with self._lock:
            now, now_ns = self._runtime.clock.now(), self._runtime.clock.monotonic_ns()
            return [
                {
                    "subject": subject,
                    "bucket": bucket,
                    "log": encode([window.limit, now_ns, window.snapshot(now_ns)]),
                    "saved_at": now,
                }
                for windows in (self._keys, self._addresses)
                for (subject, bucket), window in windows.items()
                if not window.is_empty(now_ns)
            ]

    def _restore(self, row: Row, now: int, now_ns: int) -> None:
        subject, bucket, log, saved_at = row
        limit, saved_ns, ages_ns = json.loads(log)
        elapsed_ns = _elapsed_ns(now - saved_at, now_ns - saved_ns)
        window = Window(limit)
        window.restore((age_ns + elapsed_ns for age_ns in ages_ns), now_ns)
        self._windows(bucket)[subject, bucket] = window


def _elapsed_ns(wall_seconds: int, monotonic_ns: int) -> int:
    """How long ago windows were saved, never said longer than it is.

    The monotonic clock says it to the nanosecond, unless the machine was started anew since;
    then it disagrees with the wall clock, whose whole seconds may be one too many.
    """
    least_ns = max(0, wall_seconds - 1) * _NS_PER_SECOND
    most_ns = (wall_seconds + 1) * _NS_PER_SECOND
    return monotonic_ns if least_ns <= monotonic_ns <= most_ns else least_ns
