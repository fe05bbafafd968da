"""Lists as CSV files, for spreadsheet programs: made while they are sent, formulas disarmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from expressb2b_core.inputs import moments
from expressb2b_core.services.documents import Document
from expressb2b_core.services.spreadsheets.cells import cell
from expressb2b_core.services.spreadsheets.sheets import csv_lines
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response, download

_LINES_AT_ONCE = 200
# Spreadsheet programs take a file without it for one in the encoding of their country.
_MARK = "\ufeff"


def rows_as_csv(
    request: Request, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> Response:
    """A file of these rows, whose cells are safe already; named after the list and today.

    Rows are made while the file is sent, but for the first: what cannot be asked for is refused
    while there still can be a page that says why.
    """
    today = moments.text(request.now)[:10]
    found = iter(rows)
    lines = csv_lines(columns, chain(list(islice(found, 1)), found))
    return download(f"{name}-{today}.csv", _encoded(lines))


def documents_as_csv(
    request: Request, name: str, paths: Mapping[str, str], documents: Iterable[Document]
) -> Response:
    """A file with a row for each document; `paths` lead to the value of each column."""
    rows = ([_at(one, path) for path in paths.values()] for one in documents)
    return values_as_csv(request, name, tuple(paths), rows)


def values_as_csv(
    request: Request, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> Response:
    """A file of these values, of whatever kind they are."""
    return rows_as_csv(request, name, columns, ([cell(_plain(one)) for one in row] for row in rows))


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    yield _MARK.encode()
    while part := "".join(islice(lines, _LINES_AT_ONCE)):
        yield part.encode()


def _at(document: Document, path: str) -> object:
    found: object = document
    for name in path.split("."):
        found = found[name] if isinstance(found, Document | dict) else None
    return found


def _plain(value: object) -> object:
    return " ".join(map(str, value)) if isinstance(value, list) else value
