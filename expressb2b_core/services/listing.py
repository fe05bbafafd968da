"""Lists: filters, sorts, cursors and page numbers, over compiled queries.

A query is compiled once for each combination of filters, sort and way of going on; after that a
page costs its rows and nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import and_
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import peewee

from expressb2b_core.errors import FieldError, InvalidCursor, PageTooDeep, ValidationFailed
from expressb2b_core.inputs.paging import Paging
from expressb2b_core.rules import pagination
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage.statements import Scalar, Statement, param

if TYPE_CHECKING:
    from expressb2b_core.storage.database import Database, Row
    from expressb2b_core.storage.dialects import Dialect

C = TypeVar("C")

Build = Callable[[], peewee.Expression]


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter in use.

    Attributes:
        key: Names the expression, and all that is in it but for the values.
        build: Makes the expression.
        values: Fill its parameters.
        branches: Where it is one of several values: an expression for each. Each is walked by its
            own index and they are merged, since no index has them in one order.
        bounds: The column of which it is a range.
        unindexed: The same expression, where another index is to be used.
        met_last: Its rows stand at the end of such a walk: of a descending one, or an ascending.
    """

    key: str
    build: Build
    values: Mapping[str, Scalar] = field(default_factory=dict)
    branches: Sequence[Build] = ()
    bounds: peewee.ColumnBase | None = None
    unindexed: Build | None = None
    met_last: bool | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """The columns that order a list without ties, all in one direction.

    Attributes:
        columns: The last of them makes the order one without ties.
        descending: The greatest first.
        follows_changes: A row that changes moves to the front, behind the back of who walks: at
            the end of a walk come those that are at the front by then, the oldest of them first.
    """

    columns: tuple[peewee.ColumnBase, ...]
    descending: bool = False
    follows_changes: bool = False


class Slice(NamedTuple, Generic[C]):
    """What a page shows, and how to go on."""

    content: C
    total: int
    per_page: int
    next_cursor: str | None
    page: int | None


class Found(ABC, Generic[C]):
    """What was read for a page: the total, and one row more than is shown, where there is one."""

    total: int

    @abstractmethod
    def __len__(self) -> int:
        """How many rows were read."""

    @abstractmethod
    def position(self, row: int) -> Row:
        """The columns of the sort of one row."""

    @abstractmethod
    def content(self, per_page: int) -> C:
        """What the page shows of the rows."""


_AT_THE_END = ("changed",)
"""Stands in the cursor of who has seen the whole list, and is shown what changed meanwhile."""


class _Place(NamedTuple):
    """Where a page begins: a kind of statement, its parameters, and the first row of the list."""

    mode: str
    going_on: Mapping[str, Scalar]
    front: tuple[Scalar, ...] = ()


class Listing(ABC, Generic[C]):
    """A list of one table of a workspace; what a page of it shows is left to its kinds."""

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
    ) -> Slice[C]:
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
        found = self._read(
            database,
            place.mode,
            sort,
            conditions,
            {"limit": per_page + 1, **values, **place.going_on},
        )
        if len(found) > per_page:
            position = found.position(per_page - 1) + self._kept(place, sort, found)
        elif place.front and self._has_changed(database, place, sort, conditions, values):
            position = place.front + _AT_THE_END
        else:
            position = ()
        return Slice(
            found.content(per_page),
            found.total,
            per_page,
            scope.runtime.cursors.encode(here, position) if position else None,
            paging.get("page"),
        )

    @abstractmethod
    def _read(
        self,
        database: Database,
        mode: str,
        sort: str,
        conditions: Sequence[Condition],
        values: Mapping[str, Scalar],
    ) -> Found[C]:
        """The total, and the rows of a page."""

    def _kept(self, place: _Place, sort: str, found: Found[C]) -> Row:
        """What a cursor keeps beside its position, where changes are followed.

        The first row of the list, or that the end is reached. A walk that begins at a later page
        has not seen the first row, and ends with the list.
        """
        if place.mode == "changed":
            return _AT_THE_END
        begins = place.mode == "first" or place.going_on.get("offset") == 0
        if begins and self._sorts[sort].follows_changes:
            return found.position(0)
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
        asked = {"limit": 1, **values, **_after(place.front)}
        return len(self._read(database, "changed", sort, conditions, asked)) > 0

    def _cursor_scope(
        self,
        scope: Scope,
        conditions: Sequence[Condition],
        sort: str,
        values: Mapping[str, Scalar],
    ) -> pagination.CursorScope:
        filters = " ".join([condition.key for condition in conditions])
        digest = _digest_of(filters, sort, tuple(values.items()))
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
        last, kept = position[:width], position[width:]
        if kept == _AT_THE_END:
            return _Place("changed", _after(last))
        return _Place("after", _after(last), kept)

    def _statement(
        self, dialect: Dialect, mode: str, sort: str, conditions: Sequence[Condition]
    ) -> Statement:
        shape = (dialect.name, mode, sort, *(condition.key for condition in conditions))
        found = self._statements.get(shape)
        if found is None:
            kept = tuple(conditions)
            found = Statement(lambda: self._build(dialect, mode, sort, kept))
            self._statements[shape] = found
        return found

    def _build(
        self, dialect: Dialect, mode: str, sort: str, conditions: Sequence[Condition]
    ) -> peewee.Query:
        if mode == "count":
            where = self._where(conditions)
            return self._table.select(peewee.fn.COUNT(peewee.SQL("*"))).where(where)
        return self._page(dialect, mode, self._sorts[sort], conditions)

    def _where(self, conditions: Sequence[Condition]) -> peewee.Expression:
        own: peewee.Expression = self._table._meta.fields["workspace"] == param("workspace")
        return reduce(and_, (condition.build() for condition in conditions), own)

    def _page(
        self, dialect: Dialect, mode: str, sort: Sort, conditions: Sequence[Condition]
    ) -> peewee.SelectBase:
        """The query for a page: `columns`, then those of the sort."""
        descending = sort.descending and mode != "changed"
        where = self._where([one for one in conditions if not one.branches])
        if mode in ("after", "changed"):
            here = peewee.Tuple(*sort.columns)
            after = peewee.Tuple(*(param(f"after_{i}") for i, _ in enumerate(sort.columns)))
            where &= (here < after) if descending else (here > after)
        keys = [column.alias(f"sort_{place}") for place, column in enumerate(sort.columns)]
        query = self._table.select(*self._columns, *keys)
        branches = next((one.branches for one in conditions if one.branches), ())
        arms: list[peewee.SelectBase] = [query.where(where & branch()) for branch in branches]
        arms = arms or [query.where(where)]
        direction = "DESC" if descending else "ASC"
        first = len(self._columns) + 1
        order = [peewee.SQL(f"{first + place} {direction}") for place, _ in enumerate(keys)]
        limit, offset = param("limit"), param("offset")
        if len(arms) > 1 and not dialect.merges_unions:
            most = peewee.Expression(limit, "+", offset) if mode == "offset" else limit
            arms = [arm.order_by(*order).limit(most) for arm in arms]
        page = reduce(_united, arms).order_by(*order).limit(limit)
        return page.offset(offset) if mode == "offset" else page


class RowListing(Listing[list["Row"]]):
    """A list whose pages are rows; their total is counted."""

    def _read(
        self,
        database: Database,
        mode: str,
        sort: str,
        conditions: Sequence[Condition],
        values: Mapping[str, Scalar],
    ) -> Found[list[Row]]:
        dialect = database.dialect
        counted = database.row(self._statement(dialect, "count", "", conditions), **values)
        found = database.rows(self._statement(dialect, mode, sort, conditions), **values)
        return _Rows(int(counted[0]) if counted else 0, found, len(self._columns))


class _Rows(Found[list["Row"]]):
    """Rows of `width` columns that are shown, and then those of the sort."""

    def __init__(self, total: int, rows: list[Row], width: int) -> None:
        self.total = total
        self._rows = rows
        self._width = width

    def __len__(self) -> int:
        return len(self._rows)

    def position(self, row: int) -> Row:
        return self._rows[row][self._width :]

    def content(self, per_page: int) -> list[Row]:
        return [row[: self._width] for row in self._rows[:per_page]]


@lru_cache(maxsize=1024)
def _digest_of(filters: str, sort: str, values: tuple[tuple[str, Scalar], ...]) -> str:
    """What a cursor holds of the question: the same for the same one, so it may be remembered."""
    told = {name: str(value) for name, value in values}
    return pagination.filters_digest(told | {"sort": sort, "filters": filters})


def _united(arms: peewee.SelectBase, another: peewee.SelectBase) -> peewee.SelectBase:
    return arms.union_all(another)


def _after(position: Sequence[Scalar]) -> dict[str, Scalar]:
    return {f"after_{place}": value for place, value in enumerate(position)}
