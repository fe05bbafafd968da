"""Stock levels as a warehouse system tells them: counted (`on_hand`) or changed (`delta`).

What orders reserve and take is the orders' part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from expressb2b_core.errors import FieldError, Figure, ValidationFailed
from expressb2b_core.inputs import moments
from expressb2b_core.inputs.catalog import MAX_BULK
from expressb2b_core.inputs.constraints import Moment, Problems
from expressb2b_core.rules.stock import Stock
from expressb2b_core.services import audit
from expressb2b_core.services.bulk import BulkResult, records_of
from expressb2b_core.services.changes import next_change, take_turn
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.stock_levels import (
    CheckedLevel,
    Judged,
    Stored,
    check_levels,
    judge,
)
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import (
    ListStatement,
    Scalar,
    Statement,
    param,
    values_from,
)

P = tables.Product

_STATUSES = ("updated", "unchanged", "failed", "stale")

# In one order, so that two requests that name the same products wait for each other in turn.
_stored = ListStatement(
    lambda skus: (
        P.select(
            P.sku,
            P.id,
            P.tracked,
            P.on_hand,
            P.reserved,
            P.allow_backorder,
            P.stock_as_of,
            P.updated_at,
            P.change,
        )
        .where((P.workspace == param("workspace")) & P.sku.in_(skus))
        .order_by(P.sku)
    ),
    locking=True,
)
_update = Statement(
    lambda: P.update(
        values_from(P.tracked, P.on_hand, P.stock_as_of, P.updated_at, P.change)
    ).where(P.id == param("id"))
)


class LevelResult(NamedTuple):
    """What became of one level: `updated`, `unchanged`, `stale`, or `failed` with errors.

    `on_hand` and `available` are the product's figures afterwards; None where there is no product,
    and `available` also while its stock is not tracked.
    """

    sku: str | None
    status: str
    errors: Sequence[FieldError] = ()
    on_hand: int | None = None
    available: int | None = None

    @property
    def figures(self) -> Mapping[str, Figure]:
        """The stock, as it stands in `data`."""
        return {"on_hand": self.on_hand, "available": self.available}


class Inventory:
    """The stock of one workspace's products."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._database = scope.runtime.database

    def set_levels(
        self, levels: Sequence[Mapping[str, object]], as_of: str | datetime | None = None
    ) -> BulkResult[LevelResult]:
        """Take over 1 to 500 stock levels in one transaction; one that is refused stops no other.

        Args:
            levels: Mappings with `sku` and either `on_hand` or `delta`.
            as_of: When the goods were counted. A level counted before the stored one is `stale`
                and changes nothing. It does not go with `delta`.

        Raises:
            TooManyRecords: more than 500.
            ValidationFailed: no list of levels, or no such time.
        """
        records = records_of(levels, "levels", MAX_BULK)
        counted_at = _moment(as_of)
        checked = check_levels(records, counted_at)
        judged = self._database.write(lambda: self._take_over(checked, counted_at))
        return BulkResult([_result(one) for one in judged], _STATUSES)

    def _take_over(
        self, levels: Sequence[CheckedLevel], counted_at: int | None
    ) -> Sequence[Judged]:
        now = self._scope.runtime.clock.now()
        take_turn(self._scope)
        stored = self._stored([level.sku for level in levels if not level.errors])
        judged = [judge(level, stored.get(level.sku), counted_at) for level in levels]
        changed = [
            one for one in judged if one.stored is not None and one.stored != stored[one.sku]
        ]
        if changed:
            change = next_change(self._scope)
            self._database.execute_many(_update, [_values(one, now, change) for one in changed])
            self._record(judged)
        return judged

    def _record(self, judged: Sequence[Judged]) -> None:
        counts = Counter([one.status for one in judged])
        updated = [one.sku for one in judged if one.status == "updated" and one.sku is not None]
        audit.record_many(self._scope, "stock.changed", "product", counts, updated)

    def _stored(self, skus: Sequence[str | None]) -> Mapping[str | None, Stored]:
        rows = self._database.rows_in(
            _stored, sorted(filter(None, skus)), workspace=self._scope.workspace_id
        )
        return {row[0]: _as_stored(*row[1:]) for row in rows}


def _as_stored(
    product_id: int,
    tracked: bool,
    on_hand: int,
    reserved: int,
    allow_backorder: bool,
    as_of: int | None,
    updated_at: int,
    change: int,
) -> Stored:
    figures = Stock(bool(tracked), on_hand, reserved, bool(allow_backorder))
    return Stored(product_id, figures, as_of, updated_at, change)


def _moment(as_of: str | datetime | None) -> int | None:
    problems: Problems = []
    if as_of is not None:
        Moment().check(as_of, "/as_of", problems)
    if problems:
        raise ValidationFailed(problems)
    return moments.parse_optional(as_of)


def _values(judged: Judged, now: int, change: int) -> dict[str, Scalar]:
    stored = judged.stored
    assert stored is not None
    is_updated = judged.status == "updated"  # else only the day of the count has changed
    return {
        "id": stored.id,
        "tracked": stored.figures.tracked,
        "on_hand": stored.figures.on_hand,
        "stock_as_of": stored.as_of,
        "updated_at": now if is_updated else stored.updated_at,
        "change": change if is_updated else stored.change,
    }


def _result(judged: Judged) -> LevelResult:
    if judged.stored is None:
        return LevelResult(judged.sku, judged.status, judged.errors)
    figures = judged.stored.figures
    return LevelResult(judged.sku, judged.status, judged.errors, figures.on_hand, figures.available)
