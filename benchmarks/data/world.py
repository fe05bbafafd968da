"""A clock that is set by hand, and ids that count up: the same data set every time it is made."""

from __future__ import annotations

import re
import time
from dataclasses import replace

from expressb2b_core import ExpressB2B
from expressb2b_core.inputs import moments

START = moments.parse("2023-11-15T08:00:00Z")
"""When the first order of every data set is placed."""

ID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-7000-8000-[0-9a-f]{12}"


class World:
    """The time and the ids that a data set is made with."""

    def __init__(self, seconds: int = START) -> None:
        self.seconds = seconds
        self.ids_given = 0

    def now(self) -> int:
        return self.seconds

    def now_ms(self) -> int:
        return self.seconds * 1000

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    def new_id(self) -> str:
        """The next id, at this time."""
        self.ids_given += 1
        return id_text(self.seconds, self.ids_given)

    def takes_over(self, b2b: ExpressB2B) -> None:
        """From now on this database lives in this world."""
        b2b.runtime = replace(b2b.runtime, clock=self, new_id=self.new_id)


def id_text(seconds: int, number: int) -> str:
    """The id that was given as number so-and-so, at this time: a UUIDv7 (RFC 9562) by its form."""
    head = f"{seconds * 1000:012x}"
    return f"{head[:8]}-{head[8:]}-7000-8000-{number:012x}"


def parse_id(text: str) -> tuple[int, int] | None:
    """The time and the number of an id of `id_text`; None for any other text."""
    if re.fullmatch(ID_PATTERN, text) is None:
        return None
    return int(text[:8] + text[9:13], 16) // 1000, int(text[-12:], 16)
