"""Calls back at given moments, with one thread for all of them; it decides nothing itself.

The deadline of every delivery attempt hangs on it alone, because a socket's own timeout starts
anew with each byte that arrives.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from expressb2b_core.runtime import Clock

_LINGER_NS = 5_000_000_000

_log = logging.getLogger("expressb2b.delivery")


@dataclass(frozen=True, slots=True, eq=False)
class Alarm:
    """One call to come."""

    at_ns: int
    call: Callable[[], None]


class Watchdog:
    """Calls to come, on the clock's monotonic time; the thread lives while there are any."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition(threading.Lock())
        self._alarms: set[Alarm] = set()
        self._wakes_at_ns = 0
        self._running = False

    def call_at(self, at_ns: int, call: Callable[[], None]) -> Alarm:
        """Have `call` called at `at_ns` in the watchdog's thread; it must be quick, not raise."""
        alarm = Alarm(at_ns, call)
        with self._changed:
            self._alarms.add(alarm)
            if not self._running:
                threading.Thread(target=self._run, name="watchdog", daemon=True).start()
                self._running = True
            elif at_ns < self._wakes_at_ns:
                self._changed.notify()
        return alarm

    def cancel(self, alarm: Alarm) -> None:
        """Prevent the call, unless its moment has come already."""
        # The thread is not told: waking once for nothing costs less than a switch per attempt.
        with self._changed:
            self._alarms.discard(alarm)

    def _run(self) -> None:
        while due := self._wait_for_due():
            for alarm in due:
                try:
                    alarm.call()
                except Exception:  # the next deadline still has to be kept
                    _log.exception("a deadline could not be kept")

    def _wait_for_due(self) -> list[Alarm]:
        """Return what is due, or nothing when there is no more to wait for."""
        lingered = False
        with self._changed:
            while True:
                now_ns = self._clock.monotonic_ns()
                due = [alarm for alarm in self._alarms if alarm.at_ns <= now_ns]
                if due or (lingered and not self._alarms):
                    self._alarms.difference_update(due)
                    self._running = bool(due)
                    return due
                lingered = not self._alarms
                linger_ns = now_ns + _LINGER_NS
                self._wakes_at_ns = min((a.at_ns for a in self._alarms), default=linger_ns)
                self._changed.wait((self._wakes_at_ns - now_ns) / 1e9)
