"""Clocks that tests move by hand."""

from __future__ import annotations

MARCH_15 = 1_773_585_127
"""2026-03-15T14:32:07Z."""


class FakeClock:
    """Stands still until `advance`; the stopwatch moves with the wall clock."""

    def __init__(self, now: int = MARCH_15) -> None:
        self._now_ns = now * 1_000_000_000

    def now(self) -> int:
        return self._now_ns // 1_000_000_000

    def now_ms(self) -> int:
        return self._now_ns // 1_000_000

    def monotonic_ns(self) -> int:
        return self._now_ns

    def advance(self, seconds: float) -> None:
        self._now_ns += round(seconds * 1_000_000_000)
