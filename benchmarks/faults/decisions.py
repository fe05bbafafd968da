"""What the limits of a server decided, and when by its own clock; and what is wrong with that."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_NS = 60 * 1_000_000_000
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class Decided:
    """One decision about a request of a key."""

    at_ns: int
    subject: str
    bucket: str
    allowed: bool
    retry_after_seconds: int


def fullest_window(admitted_ns: Sequence[int]) -> int:
    """How many of these, in order, at most lie in 60 seconds, wherever those begin."""
    return max(
        (bisect_left(admitted_ns, at_ns + WINDOW_NS) - i for i, at_ns in enumerate(admitted_ns)),
        default=0,
    )


def wrong_waits(log: Sequence[Decided], limit: int) -> int:
    """How many refusals of a bucket, in order, named another wait than the shortest in seconds."""
    admitted: list[int] = []
    wrong = 0
    for one in log:
        if one.allowed:
            admitted.append(one.at_ns)
            continue
        wait_ns = admitted[-limit] + WINDOW_NS - one.at_ns
        told_ns = one.retry_after_seconds * _SECOND_NS
        wrong += not told_ns - _SECOND_NS < wait_ns <= told_ns
    return wrong
