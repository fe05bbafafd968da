"""Pricing tiers: the price levels that accounts belong to and that products have prices for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from peewee import Expression, ModelDelete, fn

from expressb2b_core.errors import InUse, NotFound, Stale, ValidationFailed
from expressb2b_core.inputs.catalog import TierCode, TierInput, TierQuery
from expressb2b_core.inputs.constraints import Problems
from expressb2b_core.inputs.moments import text
from expressb2b_core.inputs.records import checked, examined
from expressb2b_core.services import audit
from expressb2b_core.services.documents import Document, Page, encode, lines_of, require_match, walk
from expressb2b_core.services.listing import RowListing, Sort
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Duplicate, Row
from expressb2b_core.storage.statements import Statement, all_values_from, param, values_from

T = tables.PricingTier
A = tables.BillingAccount
Price = tables.PriceRow

_COLUMNS = (T.code, T.name, T.created_at, T.updated_at)
_LISTING = RowListing("pricing_tiers", T, _COLUMNS, {"code": Sort((T.code,))})


def _is_this() -> Expression:
    return (T.workspace == param("workspace")) & (T.code == param("code"))


_find = Statement(lambda: T.select(*_COLUMNS).where(_is_this()))
_hold = Statement(lambda: T.select(*_COLUMNS).where(_is_this()), locking=True)
_insert = Statement(lambda: T.insert(all_values_from(T)))
_rename = Statement(lambda: T.update(values_from(T.name, T.updated_at)).where(_is_this()))
_delete = Statement(lambda: ModelDelete(T).where(_is_this()))
_count_accounts = Statement(
    lambda: A.select(fn.COUNT(A.id)).where(
        (A.workspace == param("workspace")) & (A.pricing_tier == param("code"))
    )
)
_count_prices = Statement(
    lambda: Price.select(fn.COUNT(Price.id)).where(
        (Price.workspace == param("workspace"))
        & (Price.tier == param("code"))
        & Price.closed_at.is_null()
    )
)


class Tier(Document):
    """A pricing tier."""

    __slots__ = ()

    code: str
    name: str
    created_at: str
    updated_at: str


class Tiers:
    """The pricing tiers of one workspace, by code."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._database = scope.runtime.database

    def list(self, /, **query: Unpack[TierQuery]) -> Page[Tier]:
        """A page of tiers, by code.

        Raises:
            ValidationFailed, InvalidCursor, PageTooDeep: the question cannot be answered.
        """
        asked = checked(TierQuery, query)
        with self._database.snapshot():
            found = _LISTING.slice(self._scope, (), "code", asked)
        texts = [_text(row) for row in found.content]
        return Page(lines_of(texts), *found[1:], Tier)

    def iterate(self, /, **query: Unpack[TierQuery]) -> Iterator[Tier]:
        """All tiers, from this page on; one that stays throughout comes once."""
        return walk(self.list, query)

    def get(self, code: str, /) -> Tier:
        """The tier of this code; `NotFound` when this workspace has none."""
        return Tier(_text(self._row(_find, code)))

    def put(
        self,
        code: str,
        /,
        *,
        if_match: frozenset[str] | None = None,
        **fields: Unpack[TierInput],
    ) -> Tier:
        """Make a tier or rename it; `created` tells whether it is new.

        Raises:
            ValidationFailed: naming every field that needs attention.
            Stale: there is no tier with one of the entity tags of `if_match`.
        """
        problems: Problems = []
        TierCode.check(code, "/code", problems)
        given = examined(TierInput, fields, problems)
        if problems:
            raise ValidationFailed(problems)
        try:
            return self._database.write(lambda: self._put(code, given["name"], if_match))
        except Duplicate:
            # On PostgreSQL another transaction may have made the tier; now it can be seen.
            return self._database.write(lambda: self._put(code, given["name"], if_match))

    def delete(self, code: str, /, *, if_match: frozenset[str] | None = None) -> None:
        """Remove a tier that nothing refers to any more.

        Raises:
            NotFound: this workspace has no such tier.
            InUse: accounts belong to it, or products have prices for it.
            Stale: it has none of the entity tags of `if_match`.
        """

        def work() -> None:
            require_match(if_match, _text(self._row(_hold, code)))
            self._require_unused(code)
            self._database.execute(_delete, workspace=self._scope.workspace_id, code=code)
            audit.record(self._scope, "pricing_tier.removed", "pricing_tier", code)

        self._database.write(work)

    def _put(self, code: str, name: str, if_match: frozenset[str] | None) -> Tier:
        now = self._scope.runtime.clock.now()
        workspace = self._scope.workspace_id
        row = self._database.row(_hold, workspace=workspace, code=code)
        if row is None:
            if if_match is not None:
                raise Stale
            return self._insert(code, name, now)
        require_match(if_match, _text(row))
        if row[1] == name:
            return Tier(_text(row))
        self._database.execute(_rename, workspace=workspace, code=code, name=name, updated_at=now)
        return self._recorded(Tier(_text(row)), Tier(_text((code, name, row[2], now))))

    def _insert(self, code: str, name: str, now: int) -> Tier:
        self._database.execute(
            _insert,
            workspace_id=self._scope.workspace_id,
            code=code,
            name=name,
            created_at=now,
            updated_at=now,
        )
        return self._recorded(None, Tier(_text((code, name, now, now)), created=True))

    def _recorded(self, before: Tier | None, after: Tier) -> Tier:
        audit.record_change(self._scope, "pricing_tier", before, after, identity="code")
        return after

    def _row(self, statement: Statement, code: str) -> Row:
        row = None
        if TierCode.check(code, "", []) is not None:
            row = self._database.row(statement, workspace=self._scope.workspace_id, code=code)
        if row is None:
            raise NotFound("pricing tier", code)
        return row

    def _require_unused(self, code: str) -> None:
        users = {
            "billing accounts belong to it": self._count(_count_accounts, code),
            "prices are for it": self._count(_count_prices, code),
        }
        found = [f"{count} {what}" for what, count in users.items() if count]
        if found:
            raise InUse(f"The tier cannot be removed: {' and '.join(found)}.")

    def _count(self, statement: Statement, code: str) -> int:
        row = self._database.row(statement, workspace=self._scope.workspace_id, code=code)
        return 0 if row is None else int(row[0])


def _text(row: Row) -> str:
    code, name, created_at, updated_at = row
    return encode(
        {
            "code": code,
            "name": name,
            "created_at": text(created_at),
            "updated_at": text(updated_at),
        }
    )
