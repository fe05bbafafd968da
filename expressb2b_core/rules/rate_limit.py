"""May this request pass, and when may the next: an exact log of the requests that counted.

Fixed windows, token buckets and GCRA all let more than the limit through in some window; a log of
at most `limit` times does not. Whose requests are counted, and where logs are kept between
processes, is left to the caller.
"""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

_NS_PER_SECOND = 1_000_000_000


class Decision(NamedTuple):
    """What a request is told about its limit.

    `reset_seconds` is the `t` of the `RateLimit` header: whole seconds, rounded up, until the
    next request leaves the window and makes room; 0 when nothing is counted.
    `retry_after_seconds` is the same when the request is refused, and 0 when it may pass.
    """

    allowed: bool
    limit: int
    remaining: int
    retry_after_seconds: int
    reset_seconds: int


class Window:
    """A sliding window that lets at most `limit` requests pass in any `seconds` seconds.

    A request counts from its own time up to, but not including, that time plus `seconds`. So a
    client that waits exactly the seconds it was told is admitted, and one second less would not
    have been enough. Refused requests are not counted.

    Times are whole nanoseconds of a monotonic clock; floats would lose the exact edge. Not
    thread-safe: hold a lock around each call, and read the clock while holding it.

    Args:
        limit: How many requests may pass, at least 1.
        seconds: The length of the window, at least 1.
    """

    __slots__ = ("_limit", "_log", "_period_ns")

    def __init__(self, limit: int, seconds: int = 60) -> None:
        if seconds < 1:
            raise ValueError("seconds must be at least 1")
        self._log: deque[int] = deque()
        self._period_ns = seconds * _NS_PER_SECOND
        self.resize(limit)

    @property
    def limit(self) -> int:
        return self._limit

    def take(self, now_ns: int) -> Decision:
        """Decide about one request, and count it if it may pass."""
        now_ns = self._advance(now_ns)
        allowed = len(self._log) < self._limit
        if allowed:
            self._log.append(now_ns)
        return self._decision(allowed, now_ns)

    def peek(self, now_ns: int) -> Decision:
        """Return what `take` would decide, counting nothing."""
        now_ns = self._advance(now_ns)
        return self._decision(len(self._log) < self._limit, now_ns)

    def is_empty(self, now_ns: int) -> bool:
        """Tell whether nothing is counted any more, so that the window may be forgotten."""
        self._advance(now_ns)
        return not self._log

    def resize(self, limit: int) -> None:
        """Apply another limit from the next request on; what was counted stays counted."""
        if limit < 1:
            raise ValueError("limit must be at least 1")
        self._limit = limit

    def snapshot(self, now_ns: int) -> list[int]:
        """Return the ages in nanoseconds of what is counted, oldest first, for `restore`."""
        now_ns = self._advance(now_ns)
        return [now_ns - counted_ns for counted_ns in self._log]

    def restore(self, ages_ns: Iterable[int], now_ns: int) -> None:
        """Replace what is counted by requests of these ages.

        Ages, because a monotonic clock starts anew with the machine. Add the time between
        snapshot and restore to them; an age below zero is taken as zero, which can only make
        the window stricter. What is too old by now is dropped.
        """
        ages = sorted((max(0, age_ns) for age_ns in ages_ns), reverse=True)
        self._log = deque(now_ns - age_ns for age_ns in ages)

    def _advance(self, now_ns: int) -> int:
        log = self._log
        if log and now_ns < log[-1]:
            now_ns = log[-1]  # a clock that was read too early stands still, the log stays sorted
        horizon_ns = now_ns - self._period_ns
        while log and log[0] <= horizon_ns:
            log.popleft()
        return now_ns

    def _decision(self, allowed: bool, now_ns: int) -> Decision:
        counted = len(self._log)
        reset_seconds = 0
        if counted:
            # After the limit was lowered, several have to leave before there is room again.
            leaver_ns = self._log[max(0, counted - self._limit)]
            reset_seconds = -((now_ns - leaver_ns - self._period_ns) // _NS_PER_SECOND)
        return Decision(
            allowed,
            self._limit,
            max(0, self._limit - counted),
            0 if allowed else reset_seconds,
            reset_seconds,
        )
