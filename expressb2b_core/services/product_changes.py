"""Writing what `product_plans` made out: each kind of change in one go, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

from expressb2b_core.services.changes import next_change
from expressb2b_core.services.current_products import DEFAULTS
from expressb2b_core.services.product_documents import is_sku
from expressb2b_core.services.product_plans import Plan
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.text_search import folded
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import (
    InsertStatement,
    ListStatement,
    Scalar,
    Statement,
    param,
    values_from,
)

P = tables.Product
Price = tables.PriceRow

_COLUMNS = tuple(field for field in P._meta.sorted_fields if not field.auto_increment)

_insert = InsertStatement(*_COLUMNS)
_row_of = itemgetter(*(field.column_name for field in _COLUMNS))
_ids = ListStatement(
    lambda skus: P.select(P.sku, P.id).where((P.workspace == param("workspace")) & P.sku.in_(skus))
)
_touch = ListStatement(
    lambda ids: P.update(values_from(P.updated_at, P.change)).where(P.id.in_(ids))
)
_close_prices = ListStatement(
    lambda ids: Price.update(values_from(Price.closed_at, Price.replaced)).where(Price.id.in_(ids))
)
_add_prices = InsertStatement(
    Price.workspace,
    Price.product,
    Price.tier,
    Price.account,
    Price.min_qty,
    Price.valid_from,
    Price.price,
    Price.valid_to,
    Price.currency,
    Price.recorded_at,
    Price.replaces,
)
# What a base price has none of is not bound: that would be a third of the work of adding it.
_add_base_prices = InsertStatement(
    Price.workspace,
    Price.product,
    Price.currency,
    Price.price,
    Price.min_qty,
    Price.recorded_at,
    Price.replaces,
)
_hold = Statement(
    lambda: P.select(P.id).where((P.workspace == param("workspace")) & (P.sku == param("sku"))),
    locking=True,
)
_archive = Statement(
    lambda: P.update({P.active: False, **values_from(P.updated_at, P.change)}).where(
        (P.workspace == param("workspace")) & (P.sku == param("sku")) & P.active
    )
)

Mark = Mapping[str, int]
"""What every product of one write gets: `updated_at` and `change`."""


def carry_out(scope: Scope, plan: Plan, now: int) -> None:
    """Write a plan; records that failed or change nothing are passed over.

    Raises:
        Duplicate: another transaction has created one of the new products meanwhile.
    """
    created = [place for place, status in enumerate(plan.statuses) if status == "created"]
    updated = [place for place, status in enumerate(plan.statuses) if status == "updated"]
    if not created and not updated:
        return
    mark: Mark = {"updated_at": now, "change": next_change(scope)}
    ids = _insert_products(scope, plan, created, mark)
    _update_products(scope, plan, updated, mark)
    _write_prices(scope, plan, ids, now)


def hold(scope: Scope, sku: str) -> bool:
    """Keep other transactions from changing this product; False when there is none."""
    if not is_sku(sku):
        return False
    row = scope.runtime.database.row(_hold, workspace=scope.workspace_id, sku=sku)
    return row is not None


def archive(scope: Scope, sku: str, now: int) -> None:
    """Take a product out of sale; one that already is stays as it was."""
    scope.runtime.database.execute(
        _archive,
        workspace=scope.workspace_id,
        sku=sku,
        updated_at=now,
        change=next_change(scope),
    )


def _insert_products(
    scope: Scope, plan: Plan, places: Sequence[int], mark: Mark
) -> Sequence[int | None]:
    """Make the products that are new; the ids of all products of the plan, by place."""
    if not places:
        return plan.product_ids
    database = scope.runtime.database
    same: dict[str, Scalar] = {
        "workspace_id": scope.workspace_id,
        "reserved": 0,
        "stock_as_of": None,
        "created_at": mark["updated_at"],
        **mark,
    }
    # By SKU: of two requests with the same new products, one waits for the other at the first.
    skus = sorted((str(plan.skus[place]), place) for place in places)
    rows = [
        {
            **DEFAULTS,
            **plan.changes[place],
            **same,
            "sku": sku,
            "search_text": _search_text(plan, place),
        }
        for sku, place in skus
    ]
    database.insert_rows(_insert, [_row_of(row) for row in rows])
    made: dict[str | None, int] = dict(
        database.rows_in(_ids, [sku for sku, _ in skus], workspace=scope.workspace_id)
    )
    return [made.get(sku, known) for sku, known in zip(plan.skus, plan.product_ids, strict=True)]


def _update_products(scope: Scope, plan: Plan, places: Sequence[int], mark: Mark) -> None:
    database = scope.runtime.database
    only_prices = [plan.product_ids[place] for place in places if place not in plan.changes]
    by_columns: dict[tuple[str, ...], list[dict[str, Scalar]]] = defaultdict(list)
    for place in places:
        changes = plan.changes.get(place)
        if changes:
            row = {**changes, "id": plan.product_ids[place], **mark}
            if "name" in changes:
                row["search_text"] = _search_text(plan, place)
            by_columns[tuple(changes)].append(row)
    for columns, rows in by_columns.items():
        database.execute_many(_update(columns), rows)
    database.execute_in(_touch, only_prices, **mark)


@lru_cache(maxsize=256)
def _update(columns: tuple[str, ...]) -> Statement:
    """Sets these columns and no others: `reserved`, for one, is the orders' figure."""
    names = [*columns, "updated_at", "change", *(["search_text"] if "name" in columns else [])]
    fields = [getattr(P, name) for name in names]
    return Statement(lambda: P.update(values_from(*fields)).where(P.id == param("id")))


def _search_text(plan: Plan, place: int) -> str:
    return folded(str(plan.skus[place]), str(plan.changes[place]["name"]))


def _write_prices(scope: Scope, plan: Plan, ids: Sequence[int | None], now: int) -> None:
    database = scope.runtime.database
    workspace, currency = scope.workspace_id, scope.currency
    before = [replaces for _, _, replaces in plan.base_prices]
    before += [price.replaces for _, price in plan.negotiated]
    replaced = [row_id for row_id in before if row_id is not None]
    database.execute_in(_close_prices, plan.ended, closed_at=now, replaced=False)
    database.execute_in(_close_prices, replaced, closed_at=now, replaced=True)
    database.insert_rows(
        _add_base_prices,
        [
            (workspace, ids[place], currency, price, 1, now, replaces)
            for place, price, replaces in plan.base_prices
        ],
    )
    database.insert_rows(
        _add_prices,
        [
            (workspace, ids[place], *terms, currency, now, replaces)
            for place, (*terms, replaces) in plan.negotiated
        ],
    )
