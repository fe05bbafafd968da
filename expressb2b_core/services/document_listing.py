"""Lists of stored documents that may be long: the total is told, and a page is one row.

Which index a page walks is settled here where the database could only guess: `listing` leaves it
to the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import peewee

from expressb2b_core.services.listing import Condition, Found, Listing, Sort
from expressb2b_core.storage.statements import Scalar, as_bytes, joined, unindexed

if TYPE_CHECKING:
    from expressb2b_core.storage.database import Database, Row
    from expressb2b_core.storage.dialects import Dialect

FEW = 1000
"""So many rows are sorted in no time."""

FEW_AT_THE_END = 20_000
"""So many are sorted in less time than a walk of all others takes, whose end they stand at."""

Total = Callable[[Sequence[Condition]], peewee.Node | None]


class DocumentListing(Listing[bytes]):
    """A list of one column of documents, sorted by whole numbers; a page is their lines.

    `total` gives the expression for the total under some conditions, None where only counting
    helps.
    """

    def __init__(
        self,
        resource: str,
        document: peewee.Field,
        sorts: Mapping[str, Sort],
        total: Total,
    ) -> None:
        super().__init__(resource, document.model, (document,), sorts)
        self._total = total

    def _read(
        self,
        database: Database,
        mode: str,
        sort: str,
        conditions: Sequence[Condition],
        values: Mapping[str, Scalar],
    ) -> Found[bytes]:
        order = self._sorts[sort]
        contested = [one for one in conditions if _is_contested(one, order)]
        if contested:
            counted = database.row(
                self._statement(database.dialect, "count", "", conditions), **values
            )
            total = int(counted[0]) if counted else 0
            if not total:
                return _Lines((0, None))
            at_the_end = any(one.met_last is order.descending for one in contested)
            few = FEW_AT_THE_END if at_the_end else FEW
            mode = f"{mode} {'few' if total <= few else 'many'}"
        row = database.row(self._statement(database.dialect, mode, sort, conditions), **values)
        assert row is not None
        return _Lines(row)

    def _build(
        self, dialect: Dialect, mode: str, sort: str, conditions: Sequence[Condition]
    ) -> peewee.Query:
        total = self._total(conditions)
        if total is None:
            total = super()._build(dialect, "count", "", conditions)
        if mode == "count":
            return peewee.Select((), (total,))
        mode, _, amount = mode.partition(" ")
        planned = _planned(amount, self._sorts[sort], conditions)
        page = self._page(dialect, mode, *planned).alias("page")
        # The order of the rows in `page` is that of the texts: both databases keep to it.
        documents = as_bytes(joined(getattr(page.c, self._columns[0].column_name)))
        places = range(len(self._sorts[sort].columns))
        keys = [joined(getattr(page.c, f"sort_{place}").cast("TEXT")) for place in places]
        return peewee.Select((page,), (total, documents, *keys))


class _Lines(Found[bytes]):
    """A row of the total, the documents as lines, and for each column of the sort its lines.

    They are taken apart no further than a page needs it: its text is sent as it is.
    """

    def __init__(self, row: Row) -> None:
        total, documents, *keys = row
        self.total = int(total)
        self._lines: bytes = documents.encode() if isinstance(documents, str) else documents or b""
        self._keys: list[list[str]] = [lines.split("\n") for lines in keys if lines is not None]

    def __len__(self) -> int:
        return len(self._keys[0]) if self._keys else 0

    def position(self, row: int) -> Row:
        return tuple([int(lines[row]) for lines in self._keys])

    def content(self, per_page: int) -> bytes:
        if len(self) <= per_page:
            return self._lines
        return self._lines[: self._lines.rindex(b"\n")]


def _planned(
    amount: str, sort: Sort, conditions: Sequence[Condition]
) -> tuple[Sort, Sequence[Condition]]:
    """A few rows are found by the index of their range and sorted; many are walked in order."""
    contested = [one for one in conditions if _is_contested(one, sort)]
    if amount == "few" and any(one.bounds for one in contested):
        contested = [one for one in contested if not one.bounds]
        sort = replace(sort, columns=tuple(unindexed(column) for column in sort.columns))
    return sort, [
        replace(one, build=one.unindexed) if one in contested and one.unindexed else one
        for one in conditions
    ]


def _is_contested(condition: Condition, sort: Sort) -> bool:
    """Whether this filter has an index of its own, but not one with the rows in this order."""
    return condition.unindexed is not None and condition.bounds is not sort.columns[0]
