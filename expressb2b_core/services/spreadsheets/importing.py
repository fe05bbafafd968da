"""What reading a spreadsheet comes to, and trying it without writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from expressb2b_core.errors import FieldError
from expressb2b_core.services.bulk import error_fields
from expressb2b_core.services.spreadsheets.cells import cell
from expressb2b_core.services.spreadsheets.sheets import SheetRow, csv_lines
from expressb2b_core.storage.database import Database

T = TypeVar("T")

Progress = Callable[[int], None]
"""Is called with the number of further rows that are done."""


def unwatched(rows: int) -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was refused; nothing of it was written."""

    row: SheetRow
    errors: Sequence[FieldError]

    @property
    def reason(self) -> str:
        """All that is wrong with it, in one line."""
        return "; ".join(error.detail for error in self.errors)

    def to_dict(self) -> dict[str, object]:
        """Its number and its errors, as plain values."""
        return {"row": self.row.number, "errors": [error_fields(one) for one in self.errors]}


@dataclass(slots=True)
class ImportResult:
    """How many records a file held and what became of them; `rejected` counts rows.

    With `dry_run` nothing was written, and the figures are what would have happened.
    """

    dry_run: bool
    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)

    def count(self, status: str) -> None:
        """Note one record that was `created`, `updated` or left `unchanged`."""
        if status == "created":
            self.created += 1
        elif status == "updated":
            self.updated += 1
        else:
            self.unchanged += 1

    def reject(self, row: SheetRow, errors: Sequence[FieldError]) -> None:
        """Note one row that was refused."""
        self.rejected.append(RejectedRow(row, errors))

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values, the rejected rows in the order of the file."""
        rejected = sorted(self.rejected, key=lambda one: one.row.number)
        return {
            "dry_run": self.dry_run,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": len(rejected),
            "rejected_rows": [one.to_dict() for one in rejected],
        }

    def rejected_csv(self, columns: Sequence[str]) -> Iterator[str]:
        """The rejected rows as CSV, with the reason in a column of its own."""
        rows = (
            [*(cell(one.row.cells.get(name)) for name in columns), str(one.row.number), one.reason]
            for one in sorted(self.rejected, key=lambda one: one.row.number)
        )
        return csv_lines([*columns, "row", "error"], rows)


def write_or_try(database: Database, work: Callable[[], T], *, dry_run: bool) -> T:
    """Run `work` in the write transaction; with `dry_run` undo it and tell what it returned."""
    if not dry_run:
        return database.write(work)

    def trial() -> T:
        raise _Undone(work())

    try:
        return database.write(trial)
    except _Undone as undone:
        found: T = undone.result
        return found


class _Undone(Exception, Generic[T]):
    """Ends a trial: the transaction is rolled back because something is raised."""

    def __init__(self, result: T) -> None:
        super().__init__()
        self.result = result
