"""All rows of a SQLite file by their keys, and what differs between two moments of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data.repeating import Row, Value

Key = tuple[Value, ...]


@dataclass(frozen=True)
class Table:
    """One table: `rows` by the values of its `key`."""

    name: str
    columns: Sequence[str]
    key: Sequence[str]
    rows: Mapping[Key, Row]


@dataclass(frozen=True)
class Growth:
    """What became of a table: rows that were added, and by how much figures of others changed."""

    table: Table
    added: Sequence[Row]
    steps: Mapping[Key, Mapping[str, int]]


def contents(path: Path) -> dict[str, Table]:
    """All tables, by their names."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {name: _table(connection, name) for (name,) in names}


def _table(connection: sqlite3.Connection, name: str) -> Table:
    described = connection.execute(f"PRAGMA table_info({name})").fetchall()
    columns = [row[1] for row in described]
    in_key = sorted((row[5], row[0]) for row in described if row[5])
    places = [place for _, place in in_key]
    rows = connection.execute(f"SELECT * FROM {name}").fetchall()
    by_key = {tuple(row[place] for place in places): row for row in rows}
    return Table(name, columns, [columns[place] for place in places], by_key)


def growth(before: Table, after: Table) -> Growth:
    """What happened between two moments.

    Raises:
        ValueError: something changed that is no figure, so nobody can say how it would go on.
    """
    added = [row for key, row in after.rows.items() if key not in before.rows]
    changed = {
        key: _steps(after, row, after.rows[key])
        for key, row in before.rows.items()
        if after.rows[key] != row
    }
    return Growth(after, added, changed)


def _steps(table: Table, old: Row, new: Row) -> dict[str, int]:
    steps = {}
    for column, was, became in zip(table.columns, old, new, strict=True):
        if was == became:
            continue
        if not isinstance(was, int) or not isinstance(became, int):
            raise ValueError(f"{table.name}.{column} changed from {was!r} to {became!r}")
        steps[column] = became - was
    return steps
