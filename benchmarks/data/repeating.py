"""Rows that the services wrote, read as a pattern that can be written again and again.

What is different each time is replaced: ids, moments, order numbers, places in sequences. It is
found in the rows themselves, so a column or a document that changes is followed by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.data.world import ID_PATTERN, id_text, parse_id
from expressb2b_core.inputs import moments

Value = str | int | bytes | None
Row = Sequence[Value]
_Cell = Callable[[int, Sequence[str]], Value]

_CHANGING = re.compile(
    rf"(?P<id>{ID_PATTERN})"
    r"|(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
    r'|(?P<number>(?<="number":)\d+)'
)


@dataclass(frozen=True)
class Stretch:
    """What was used up while the pattern was written: from here on, and how much of it."""

    from_second: int
    seconds: int
    from_id: int
    ids: int
    numbers: int
    seqs: int
    changes: int


class Pattern:
    """The rows that were added to some tables, ready to be written once more."""

    def __init__(self, stretch: Stretch) -> None:
        self._stretch = stretch
        self._places: dict[str, int] = {}
        self._shifts: list[Callable[[int], str]] = []
        self._tables: dict[str, list[list[_Cell]]] = {}
        self._columns: dict[str, Sequence[str]] = {}

    @property
    def columns(self) -> Mapping[str, Sequence[str]]:
        """The columns of each table that has rows, in the order in which they were added."""
        return self._columns

    def add(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Learn these rows of a table. A column `id` of whole numbers counts its rows."""
        steps = [self._step(column, len(rows)) for column in columns]
        self._columns[table] = columns
        self._tables[table] = [
            [self._cell(value, step) for value, step in zip(row, steps, strict=True)]
            for row in rows
        ]

    def copy(self, time: int) -> Iterator[tuple[str, list[Row]]]:
        """The rows of each table as they are when it all happens for the so-manieth time more."""
        texts = [shift(time) for shift in self._shifts]
        for table, rows in self._tables.items():
            yield table, [[cell(time, texts) for cell in row] for row in rows]

    def _step(self, column: str, rows: int) -> int:
        """How much greater whole numbers of this column are each time."""
        stretch = self._stretch
        if column.endswith("_ms"):
            return stretch.seconds * 1000
        if column == "at" or column.endswith("_at"):
            return stretch.seconds
        steps = {"number": stretch.numbers, "seq": stretch.seqs, "change": stretch.changes}
        return {**steps, "id": rows}.get(column, 0)

    def _cell(self, value: Value, step: int) -> _Cell:
        if isinstance(value, int) and step:
            return lambda time, texts: value + time * step
        if isinstance(value, str) and (places := self._places_in(value)):
            if _CHANGING.fullmatch(value):
                return lambda time, texts: texts[places[0]]
            form = self._form(value)
            return lambda time, texts: form % tuple([texts[place] for place in places])
        return lambda time, texts: value

    def _form(self, text: str) -> str:
        """The text with a `%s` wherever something changes."""
        parts, end = [], 0
        for match in _CHANGING.finditer(text):
            if match[0] in self._places:
                parts += [text[end : match.start()].replace("%", "%%"), "%s"]
                end = match.end()
        return "".join(parts) + text[end:].replace("%", "%%")

    def _places_in(self, text: str) -> list[int]:
        places = []
        for match in _CHANGING.finditer(text):
            place = self._places.get(match[0])
            if place is None and (shift := self._shift(match)) is not None:
                place = self._places[match[0]] = len(self._shifts)
                self._shifts.append(shift)
            if place is not None:
                places.append(place)
        return places

    def _shift(self, match: re.Match[str]) -> Callable[[int], str] | None:
        """How this text changes each time; None for what stays, since it is older."""
        stretch, text = self._stretch, match[0]
        if match["id"]:
            found = parse_id(text)
            assert found is not None
            second, number = found
            if number <= stretch.from_id:
                return None
            return lambda time: id_text(
                second + time * stretch.seconds, number + time * stretch.ids
            )
        if match["moment"]:
            at = moments.parse(text)
            if at < stretch.from_second:
                return None
            return lambda time: moments.text(at + time * stretch.seconds)
        order = int(text)
        return lambda time: str(order + time * stretch.numbers)
