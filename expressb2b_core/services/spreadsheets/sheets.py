"""CSV files: read into rows by column name, and written.

Separators may be commas, semicolons or tabs, as programs of different countries write them; the
first row holds the names of the columns.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from expressb2b_core.errors import FieldError, ValidationFailed
from expressb2b_core.services.spreadsheets.cells import text_of

REMARKS = ("row", "error")
"""Columns of a file of rejected rows; they are passed over when it is read again."""

_SEPARATORS = (",", ";", "\t")
_LONGEST_CELL = 1_000_000


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as a spreadsheet program shows it, and its cells that are not empty."""

    number: int
    cells: Mapping[str, str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns of a file, without those of `REMARKS`, and its rows that are not empty."""

    columns: Sequence[str]
    rows: Sequence[SheetRow]


def read_sheet(
    data: bytes,
    known: Collection[str],
    *,
    required: Sequence[str] = (),
    prefixes: tuple[str, ...] = (),
    encoding: str = "utf-8-sig",
) -> Sheet:
    """Read a CSV file.

    Args:
        data: The file.
        known: The columns there may be.
        required: Those of them that there must be.
        prefixes: Beginnings of further columns there may be, such as `price:`.
        encoding: How the text is encoded; UTF-8, with or without a mark, by default.

    Raises:
        ValidationFailed: it cannot be read, or has not these columns.
    """
    text = _decoded(data, encoding)
    try:
        lines = list(_reader(text))
    except csv.Error as error:
        raise _unreadable(f"the file is no CSV: {error}") from error
    if not lines or not any(lines[0]):
        raise _unreadable("the file is empty; its first row must hold the names of the columns")
    names = [_column(name.strip(), prefixes) for name in lines[0]]
    _check_columns(names, known, required, prefixes)
    rows = [_row(number, names, cells) for number, cells in enumerate(lines[1:], start=2)]
    columns = [name for name in names if name not in REMARKS]
    return Sheet(columns, [row for row in rows if row.cells or row.problem])


def csv_lines(columns: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """A CSV file line by line, its titles first (RFC 4180)."""
    yield _line(columns)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _unreadable(
            f"the file is not {encoding.removesuffix('-sig').upper()}: save it as “CSV UTF-8”, "
            "or say how it is encoded, such as cp1252"
        ) from error
    except LookupError as error:
        raise _unreadable(f"there is no encoding {encoding}") from error


def _reader(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    titles = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=titles.count)
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _column(title: str, prefixes: tuple[str, ...]) -> str:
    """A column's name in lower case, but for what follows one of the prefixes."""
    name = title.lower()
    prefix = next((one for one in prefixes if name.startswith(one)), None)
    return name if prefix is None else prefix + title[len(prefix) :].strip()


def _check_columns(
    names: Sequence[str], known: Collection[str], required: Sequence[str], prefixes: tuple[str, ...]
) -> None:
    problems = [
        FieldError(f"/{name}", "unknown_field", f"there is no column {name!r}; {_wanted(known)}")
        for name in names
        if name not in known and name not in REMARKS and not name.startswith(prefixes)
    ]
    problems += [
        FieldError(f"/{name}", "duplicate", f"the column {name} stands there {count} times")
        for name, count in Counter(names).items()
        if count > 1
    ]
    problems += [
        FieldError(f"/{name}", "required", f"the column {name} is missing")
        for name in required
        if name not in names
    ]
    if problems:
        raise ValidationFailed(problems)


def _wanted(known: Collection[str]) -> str:
    return f"there can be {', '.join(known)}"


def _row(number: int, names: Sequence[str], cells: Sequence[str]) -> SheetRow:
    texts = [text_of(cell) for cell in cells]
    found = {
        name: text for name, text in zip(names, texts, strict=False) if text and name not in REMARKS
    }
    too_many = any(texts[len(names) :])
    return SheetRow(number, found, "there are more cells than columns" if too_many else None)


def _unreadable(detail: str) -> ValidationFailed:
    return ValidationFailed([FieldError("", "invalid_format", detail)])
