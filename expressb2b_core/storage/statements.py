"""Queries that are written once as peewee expressions, compiled once, and run with parameters.

Building SQL text costs more than running it (0.25 ms against 0.02 ms for a page), so a query is
built at its first use on a dialect and kept as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any, Literal

import peewee

Scalar = str | int | bytes | bool | None
Locking = bool | Literal["skip"]

# Not FOR UPDATE: rows are never removed or renumbered under those that refer to them, so whoever
# adds such a reference need not wait.
_ROW_LOCK = "FOR NO KEY UPDATE"


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str


_LISTED = _Slot("in")


def param(name: str) -> peewee.Value:
    """A place in a query that is filled by the keyword argument of this name when it runs."""
    return peewee.Value(_Slot(name), converter=False, unpack=False)


def values_from(*fields: peewee.Field) -> dict[peewee.Field, peewee.Value]:
    """For an insert or update: each field from the parameter that is called like its column."""
    return {field: param(field.column_name) for field in fields}


def all_values_from(table: type[peewee.Model]) -> dict[peewee.Field, peewee.Value]:
    """For an insert of a whole row: each column from the parameter of its name."""
    return values_from(*(f for f in table._meta.sorted_fields if not f.auto_increment))


class _ByDialect(peewee.WrappedNode):
    """An expression that SQLite and PostgreSQL spell differently; `{}` stands for its column."""

    def __init__(self, node: peewee.Node, sqlite: str, postgresql: str) -> None:
        super().__init__(node)
        self._spellings = {"?": sqlite, "%s": postgresql}

    def __sql__(self, ctx: peewee.Context) -> peewee.Context:
        before, after = self._spellings[ctx.state.param].split("{}")
        ctx.literal(before)
        ctx.sql(self.node)  # type: ignore[no-untyped-call]
        return ctx.literal(after)


def joined(texts: peewee.Node) -> peewee.ColumnBase:
    """All texts of a column, in the order of the rows, as the lines of one text.

    They have to be without line breaks, as compact JSON is. A page that comes as one row is one
    step: at each row, SQLite's driver lets other threads go first, which takes longer than reading
    the row.
    """
    return _ByDialect(texts, "group_concat({}, '\n')", "string_agg({}, '\n')")


def as_bytes(text: peewee.Node) -> peewee.ColumnBase:
    """A text as the bytes of its UTF-8, where the driver would decode them to no purpose.

    PostgreSQL's driver gives text: bytes would come in hexadecimal.
    """
    return _ByDialect(text, "CAST({} AS BLOB)", "{}")


def unindexed(column: peewee.Node) -> peewee.ColumnBase:
    """This column, but no index of it: another one is known to be better.

    PostgreSQL decides by its statistics (https://sqlite.org/optoverview.html#uplus).
    """
    return _ByDialect(column, "+{}", "{}")


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL text of one dialect, and where its parameters come from."""

    sql: str
    bind: Callable[[Mapping[str, Any]], Sequence[object]]


def _binder(template: Sequence[object]) -> Callable[[Mapping[str, Any]], Sequence[object]]:
    if _LISTED in template:
        return _list_binder(template)
    names = [p.name if isinstance(p, _Slot) else f"={index}" for index, p in enumerate(template)]
    fixed = {f"={index}": p for index, p in enumerate(template) if not isinstance(p, _Slot)}
    if len(names) < 2:
        return lambda values: [{**values, **fixed}[name] for name in names]
    pick = itemgetter(*names)  # four times as fast as going through the places
    return (lambda values: pick({**values, **fixed})) if fixed else pick


def _list_binder(template: Sequence[object]) -> Callable[[Mapping[str, Any]], Sequence[object]]:
    """For a query with a list, whose values stand side by side."""
    start, count = template.index(_LISTED), template.count(_LISTED)
    before, after = _binder(template[:start]), _binder(template[start + count :])
    return lambda values: [*before(values), *values[_LISTED.name], *after(values)]


class Statement:
    """A query built by `build`, compiled when first needed for a dialect.

    `locking` is for a read that a change of the same rows follows: it holds them until the end of
    the write, where the database lets several transactions write at once. With "skip" it passes
    over those that are held already.
    """

    __slots__ = ("_build", "_compiled", "_locking")

    def __init__(self, build: Callable[[], peewee.Query], *, locking: Locking = False) -> None:
        self._build = build
        self._locking = locking
        self._compiled: dict[str, Compiled] = {}

    def compiled_for(self, database: peewee.Database) -> Compiled:
        """The text for this database's dialect (`?` or `%s` names it)."""
        found = self._compiled.get(database.param)
        if found is None:
            query = self._build()
            if self._locking and database.for_update and isinstance(query, peewee.Select):
                skip = self._locking == "skip"
                query = query.for_update(_ROW_LOCK, skip_locked=skip)  # type: ignore[arg-type]
            sql, parameters = database.get_sql_context().sql(query).query()  # type: ignore[no-untyped-call]
            found = self._compiled[database.param] = Compiled(sql, _binder(parameters))
        return found


class ListStatement:
    """A query over a list of values (`IN`), compiled for a few sizes of list.

    `build` gets the places of the values, and names them once. A list is padded to the next size by
    repeating its last value, which `IN` does not mind; a longer one than the largest size runs in
    parts. When it is `locking`, the values are taken in their order and `build` has to order the
    rows by them: two writes that hold the same rows wait for each other in turn, not crosswise.
    """

    SIZES = (1, 4, 16, 64, 256, 512)
    __slots__ = ("_build", "_locking", "_statements")

    def __init__(
        self, build: Callable[[list[peewee.Value]], peewee.Query], *, locking: bool = False
    ) -> None:
        self._build = build
        self._locking = locking
        self._statements: dict[int, Statement] = {}

    def parts(
        self, values: Sequence[Scalar]
    ) -> Iterator[tuple[Statement, Mapping[str, Sequence[Scalar]]]]:
        """The statements to run, each with its part of the values, as one more parameter."""
        largest = self.SIZES[-1]
        if self._locking:
            values = sorted(values)  # type: ignore[type-var]
        for start in range(0, len(values), largest):
            part = values[start : start + largest]
            size = next(size for size in self.SIZES if size >= len(part))
            padded = [*part] + [part[-1]] * (size - len(part))
            yield self._for_size(size), {_LISTED.name: padded}

    def _for_size(self, size: int) -> Statement:
        found = self._statements.get(size)
        if found is None:
            places = [param(_LISTED.name) for _ in range(size)]
            found = self._statements[size] = Statement(
                lambda: self._build(places), locking=self._locking
            )
        return found


class InsertStatement:
    """An insert of rows with a value for each of these fields, in their order, several at a time.

    Binding one statement for 64 rows takes half as long as running one 64 times.
    """

    SIZES = (256, 64, 16, 4, 1)

    __slots__ = ("_fields", "_statements")

    def __init__(self, *fields: peewee.Field) -> None:
        self._fields = fields
        self._statements: dict[int, Statement] = {}

    def parts(self, rows: Sequence[Sequence[Scalar]]) -> Iterator[tuple[Statement, list[Scalar]]]:
        """The statements to run, each with the parameters of its part of the rows."""
        start = 0
        for size in self.SIZES:
            while len(rows) - start >= size:
                part = rows[start : start + size]
                yield self._for_size(size), list(chain.from_iterable(part))
                start += size

    def _for_size(self, size: int) -> Statement:
        found = self._statements.get(size)
        if found is None:
            row = [param(field.column_name) for field in self._fields]
            model, fields = self._fields[0].model, list(self._fields)
            found = self._statements[size] = Statement(
                lambda: model.insert_many([row] * size, fields=fields)
            )
        return found
