"""Choices that look random and are the same every time: each stream is drawn from its name."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A stream of choices; two streams of one name choose alike, whatever else is drawn."""

    def __init__(self, *name: str | int) -> None:
        self._name = "/".join(map(str, name)).encode()
        self._drawn = 0

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` - 1."""
        self._drawn += 1
        digest = blake2b(b"%b:%d" % (self._name, self._drawn), digest_size=8).digest()
        return int.from_bytes(digest, "big") % bound

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def percent(self, share: int) -> bool:
        """True in that many of a hundred cases."""
        return self.below(100) < share

    def pick(self, choices: Sequence[T]) -> T:
        """One of them."""
        return choices[self.below(len(choices))]

    def sample(self, choices: Sequence[T], count: int) -> list[T]:
        """So many different ones (fewer when there are not as many), in the order drawn."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]
