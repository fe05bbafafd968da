"""Lists: filters, sorts, cursors and page numbers, over compiled queries.

A query is compiled once for each combination of filters, sort and way of going on; after that a
page costs its rows and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import peewee

from expressb2b_core.errors import FieldError, InvalidCursor, PageTooDeep, ValidationFailed
from expressb2b_core.inputs.paging import Paging
from expressb2b_core.rules import pagination
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage.statements import Scalar, Statement, param

if TYPE_CHECKING:
    from expressb2b_core.storage.database import Database, Row


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter in use: `key` names the expression, `values` fill its parameters."""

    key: str
    build: Callable[[], peewee.Expression]
    values: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sort:
    """The columns that order a list without ties, all in one direction.

    Attributes:
        columns: The last of them makes the order one without ties.
        descending: The greatest first.
        follows_changes: A row that changes moves to the front, behind the back of who walks: at
            the end of a walk come those that are at the front by then, the oldest of them first.
    """

    columns: tuple[peewee.Field, ...]
    descending: bool = False
    follows_changes: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of a page (without the columns of the sort), and how to go on."""

    rows: list[Row]
    total: int
    per_page: int
    next_cursor: str | None
    page: int | None


class _Place(NamedTuple):
    """Where a page begins: a kind of statement, its parameters, and the first row of the walk."""

    mode: str
    going_on: Mapping[str, Scalar]
    front: tuple[Scalar, ...] = ()


class Listing:
    """A list of one table of a workspace."""

    def __init__(
        self,
        resource: str,
        table: type[peewee.Model],
        columns: Sequence[peewee.Field],
        sorts: Mapping[str, Sort],
    ) -> None:
        self.resource = resource
        self._table = table
        self._columns = tuple(columns)
        self._sorts = sorts
        self._statements: dict[tuple[str, ...], Statement] = {}

    def slice(
        self, scope: Scope, conditions: Sequence[Condition], sort: str, paging: Paging
    ) -> Slice:
        """One page.

        Raises:
            InvalidCursor: changed, or made for another list, filter, sort or workspace.
            PageTooDeep: a page number beyond the first 10,000 rows.
            ValidationFailed: both a cursor and a page number.
        """
        database = scope.runtime.database
        per_page = paging.get("per_page", pagination.DEFAULT_PER_PAGE)
        values: dict[str, Scalar] = {"workspace": scope.workspace_id}
        for condition in conditions:
            values.update(condition.values)
        here = self._cursor_scope(scope, conditions, sort, values)
        place = self._place(scope, here, sort, paging, per_page)
        counted = database.row(self._statement("count", "", conditions), **values)
        found = database.rows(
            self._statement(place.mode, sort, conditions),
            limit=per_page + 1,
            **values,
            **place.going_on,
        )
        rows, has_more = pagination.cut_page(found, per_page)
        width = len(self._columns)
        if has_more:
            position = rows[-1][width:] + self._front(place, sort, rows[0][width:])
        elif place.front and self._has_changed(database, place, sort, conditions, values):
            position = place.front
        else:
            position = ()
        return Slice(
            [row[:width] for row in rows],
            int(counted[0]) if counted else 0,
            per_page,
            scope.runtime.cursors.encode(here, position) if position else None,
            paging.get("page"),
        )

    def _front(self, place: _Place, sort: str, first: Row) -> Row:
        """What a cursor keeps beside its position: the first row of the walk, where it matters."""
        if place.mode == "first" and self._sorts[sort].follows_changes:
            return first
        return place.front

    def _has_changed(
        self,
        database: Database,
        place: _Place,
        sort: str,
        conditions: Sequence[Condition],
        values: Mapping[str, Scalar],
    ) -> bool:
        """Whether anything stands before the first row of the walk by now."""
        statement = self._statement("changed", sort, conditions)
        return bool(database.rows(statement, limit=1, **values, **_after(place.front)))

    def _cursor_scope(
        self,
        scope: Scope,
        conditions: Sequence[Condition],
        sort: str,
        values: Mapping[str, Scalar],
    ) -> pagination.CursorScope:
        told = {name: str(value) for name, value in values.items()}
        told["sort"] = sort
        told["filters"] = " ".join(condition.key for condition in conditions)
        digest = pagination.filters_digest(told)
        return pagination.CursorScope(self.resource, scope.workspace_id, digest)

    def _place(
        self,
        scope: Scope,
        here: pagination.CursorScope,
        sort: str,
        paging: Paging,
        per_page: int,
    ) -> _Place:
        cursor, page = paging.get("cursor"), paging.get("page")
        if cursor is not None and page is not None:
            raise ValidationFailed(
                [FieldError("?page", "conflicting", "give either a cursor or a page, not both")]
            )
        if cursor is not None:
            try:
                position = scope.runtime.cursors.decode(cursor, here).position
            except pagination.UnusableCursor:
                raise InvalidCursor from None
            return self._going_on(self._sorts[sort], position)
        if page is not None:
            if pagination.is_too_deep(page, per_page):
                raise PageTooDeep(pagination.DEEPEST_ROW)
            return _Place("offset", {"offset": pagination.page_offset(page, per_page)})
        return _Place("first", {})

    def _going_on(self, sort: Sort, position: tuple[Scalar, ...]) -> _Place:
        width = len(sort.columns)
        last, front = position[:width], position[width:]
        # Without the first row it is the end of the walk: what has changed meanwhile.
        mode = "changed" if sort.follows_changes and not front else "after"
        return _Place(mode, _after(last), front)

    def _statement(self, mode: str, sort: str, conditions: Sequence[Condition]) -> Statement:
        shape = (mode, sort, *(condition.key for condition in conditions))
        found = self._statements.get(shape)
        if found is None:
            kept = tuple(conditions)
            found = Statement(lambda: self._build(mode, sort, kept))
            self._statements[shape] = found
        return found

    def _build(self, mode: str, sort: str, conditions: Sequence[Condition]) -> peewee.Query:
        where = self._table._meta.fields["workspace"] == param("workspace")
        for condition in conditions:
            where &= condition.build()
        if mode == "count":
            return self._table.select(peewee.fn.COUNT(peewee.SQL("*"))).where(where)
        columns = self._sorts[sort].columns
        descending = self._sorts[sort].descending and mode != "changed"
        if mode in ("after", "changed"):
            here = peewee.Tuple(*columns)
            after = peewee.Tuple(*(param(f"after_{place}") for place in range(len(columns))))
            where &= (here < after) if descending else (here > after)
        query = self._table.select(*self._columns, *columns).where(where)
        query = query.order_by(
            *(column.desc() if descending else column.asc() for column in columns)
        )
        query = query.limit(param("limit"))
        return query.offset(param("offset")) if mode == "offset" else query


def _after(position: Sequence[Scalar]) -> dict[str, Scalar]:
    return {f"after_{place}": value for place, value in enumerate(position)}
