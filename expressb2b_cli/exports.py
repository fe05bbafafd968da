"""Writing whole lists: as CSV, as JSON lines, or as one JSON document for `--json`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Generic, TypeVar

import click

from expressb2b_cli import output, streams
from expressb2b_cli.invocation import Invocation
from expressb2b_core import Document

D = TypeVar("D", bound=Document)

_TO_STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """In what form, and where to. With `--json` to standard output the form is JSON anyway."""

    kind: str
    target: str


def export_options(form: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add `--format` (described by `form`) and `--output`; the command gets them as `options`."""

    def decorated(function: Callable[..., None]) -> Callable[..., None]:
        @click.option(
            "--format",
            "kind",
            type=click.Choice(["csv", "jsonl"]),
            default="csv",
            show_default=True,
            help=form,
        )
        @click.option(
            "--output",
            "target",
            default=_TO_STANDARD_OUTPUT,
            metavar="FILE",
            help="Else standard output.",
        )
        @wraps(function)
        def with_options(*arguments: object, kind: str, target: str, **given: object) -> None:
            function(*arguments, options=ExportOptions(kind, target), **given)

        return with_options

    return decorated


def export(
    invocation: Invocation,
    options: ExportOptions,
    found: Iterable[D],
    as_csv: Callable[[Iterator[D]], Iterable[str]],
    things: str,
) -> None:
    """Write all documents, and tell how many there were.

    With `--json` standard output gets `{"data": […], "meta": {"total": 2}}`, or, where a file is
    written, `{"file": …, "format": …, "total": 2}`.
    """
    counted = _Counted(found)
    if invocation.as_json and options.target == _TO_STANDARD_OUTPUT:
        streams.write_lines(options.target, _as_one_document(counted))
        return
    lines = as_csv(counted) if options.kind == "csv" else (f"{one.text}\n" for one in counted)
    streams.write_lines(options.target, lines)
    if invocation.as_json:
        told = {"file": options.target, "format": options.kind, "total": counted.count}
        output.print_json(told)
    else:
        output.note(f"{counted.count} {things}")


def _as_one_document(counted: _Counted[D]) -> Iterator[str]:
    mark = '{"data":['
    for one in counted:
        yield f"{mark}{one.text}"
        mark = ","
    yield f'{mark if counted.count == 0 else ""}],"meta":{{"total":{counted.count}}}}}\n'


class _Counted(Generic[D]):
    """Hands documents on, and knows how many it was."""

    def __init__(self, found: Iterable[D]) -> None:
        self.count = 0
        self._found = iter(found)

    def __iter__(self) -> Iterator[D]:
        return self

    def __next__(self) -> D:
        one = next(self._found)
        self.count += 1
        return one
