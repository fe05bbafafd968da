"""What commands print: JSON or text on standard output, messages and progress on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import click

from expressb2b_cli.invocation import Invocation

Fields = Mapping[str, object]

_NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: `path` leads through nested fields, as in `site.name`."""

    title: str
    path: str
    right: bool = False


def show(invocation: Invocation, fields: Fields) -> None:
    """Print one thing."""
    if invocation.as_json:
        print_json(fields)
    else:
        click.echo("\n".join(_fields_lines(fields)))


def show_list(
    invocation: Invocation, rows: Sequence[Fields], columns: Sequence[Column], meta: Fields
) -> None:
    """Print many things: as a table, or as `{"data": […], "meta": {…}}`."""
    if invocation.as_json:
        print_json({"data": rows, "meta": meta})
    elif rows:
        click.echo("\n".join(table_lines(rows, columns)))


def print_json(value: object) -> None:
    """Print a value as one line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def note(text: str) -> None:
    """Tell something beside the answer, which programs do not need."""
    context = click.get_current_context(silent=True)
    invocation = None if context is None else context.find_object(Invocation)
    if invocation is None or not invocation.as_json:
        announce(text)


def announce(text: str) -> None:
    """Tell something on standard error in any case."""
    click.echo(text, err=True)


def printable(text: str) -> str:
    """Text without what steers a terminal; it comes from everywhere."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while this block runs, where somebody watches.

    Yields a function that is called with how many more are done.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update


def table_lines(rows: Iterable[Fields], columns: Sequence[Column]) -> list[str]:
    """A table with titles, its columns aligned."""
    cells = [[_cell(_at(row, column.path)) for column in columns] for row in rows]
    titled = [[column.title for column in columns], *cells]
    widths = [max(map(len, column)) for column in zip(*titled, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if column.right else cell.ljust(width)
            for cell, width, column in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in titled
    ]


def _fields_lines(fields: Fields) -> list[str]:
    flat = _flat(fields)
    tables = {name: value for name, value in flat.items() if _is_table(value)}
    width = max((len(name) for name in flat if name not in tables), default=0)
    lines = [
        f"{name.ljust(width)}  {_cell(value)}".rstrip()
        for name, value in flat.items()
        if name not in tables
    ]
    for name, rows in tables.items():
        lines += ["", f"{name}:", *_nested_table(rows)]
    return lines


def _nested_table(rows: object) -> list[str]:
    assert isinstance(rows, list)
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    columns = [Column(name.replace("_", " ").upper(), name) for name in names]
    cells = [{name: row.get(name) for name in names} for row in flat]
    return [f"  {line}" for line in table_lines(cells, columns)]


def _flat(fields: Fields) -> dict[str, object]:
    """Nested objects become `outer.inner`."""
    found: dict[str, object] = {}
    for name, value in fields.items():
        if isinstance(value, Mapping):
            found.update({f"{name}.{inner}": one for inner, one in _flat(value).items()})
        else:
            found[name] = value
    return found


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _at(row: Fields, path: str) -> object:
    if path in row:
        return row[path]
    head, _, rest = path.partition(".")
    inner = row.get(head)
    return _at(inner, rest) if rest and isinstance(inner, Mapping) else inner


def _cell(value: object) -> str:
    if value is None or value == [] or value == "":
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return f"{len(value)}" if _is_table(value) else ", ".join(map(_cell, value))
    return printable(str(value))
