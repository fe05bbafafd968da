"""Writing what `product_plans` made out: each kind of change in one go, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

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

_insert = InsertStatement(*(field for field in P._meta.sorted_fields if not field.auto_increment))
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
    Price.currency,
    Price.price,
    Price.min_qty,
    Price.valid_from,
    Price.valid_to,
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

Planned = tuple[int, Plan]
"""A plan, and the id of its product."""

Mark = Mapping[str, int]
"""What every product of one write gets: `updated_at` and `change`."""


def carry_out(scope: Scope, plans: Sequence[Plan], now: int) -> None:
    """Write these plans; those that failed or change nothing are passed over.

    Raises:
        Duplicate: another transaction has created one of the new products meanwhile.
    """
    # By SKU: of two requests with the same new products, one waits for the other at the first.
    created = sorted(
        (plan for plan in plans if plan.status == "created"), key=lambda plan: plan.sku or ""
    )
    updated = [
        (plan.product_id, plan)
        for plan in plans
        if plan.status == "updated" and plan.product_id is not None
    ]
    if not created and not updated:
        return
    mark: Mark = {"updated_at": now, "change": next_change(scope)}
    ids = _insert_products(scope, created, mark)
    _update_products(scope, updated, mark)
    changed = [(ids[plan.sku], plan) for plan in created] + updated
    _write_prices(scope, changed, now)


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


def _insert_products(scope: Scope, plans: Sequence[Plan], mark: Mark) -> Mapping[str | None, int]:
    if not plans:
        return {}
    database = scope.runtime.database
    same: dict[str, Scalar] = {
        "workspace_id": scope.workspace_id,
        "reserved": 0,
        "stock_as_of": None,
        "created_at": mark["updated_at"],
        **mark,
    }
    rows = [
        {**DEFAULTS, **plan.changes, **same, "sku": plan.sku, "search_text": _search_text(plan)}
        for plan in plans
    ]
    database.insert_rows(_insert, rows)
    skus = [plan.sku for plan in plans]
    return dict(database.rows_in(_ids, skus, workspace=scope.workspace_id))


def _update_products(scope: Scope, planned: Sequence[Planned], mark: Mark) -> None:
    database = scope.runtime.database
    only_prices = []
    by_columns: dict[tuple[str, ...], list[dict[str, Scalar]]] = defaultdict(list)
    for product_id, plan in planned:
        if not plan.changes:
            only_prices.append(product_id)
            continue
        row = {**plan.changes, "id": product_id, **mark}
        if "name" in plan.changes:
            row["search_text"] = _search_text(plan)
        by_columns[tuple(plan.changes)].append(row)
    for columns, rows in by_columns.items():
        database.execute_many(_update(columns), rows)
    database.execute_in(_touch, only_prices, **mark)


@lru_cache(maxsize=256)
def _update(columns: tuple[str, ...]) -> Statement:
    """Sets these columns and no others: `reserved`, for one, is the orders' figure."""
    names = [*columns, "updated_at", "change", *(["search_text"] if "name" in columns else [])]
    fields = [getattr(P, name) for name in names]
    return Statement(lambda: P.update(values_from(*fields)).where(P.id == param("id")))


def _search_text(plan: Plan) -> str:
    return folded(str(plan.sku), str(plan.changes["name"]))


def _write_prices(scope: Scope, changed: Sequence[Planned], now: int) -> None:
    database = scope.runtime.database
    added = [(product_id, price) for product_id, plan in changed for price in plan.added]
    ended = [row_id for _, plan in changed for row_id in plan.ended]
    replaced = [price.replaces for _, price in added if price.replaces is not None]
    database.execute_in(_close_prices, ended, closed_at=now, replaced=False)
    database.execute_in(_close_prices, replaced, closed_at=now, replaced=True)
    base_prices, negotiated = [], []
    for product_id, price in added:
        row: dict[str, Scalar] = {
            "workspace_id": scope.workspace_id,
            "product_id": product_id,
            "currency": scope.currency,
            "price": price.price,
            "min_qty": price.min_qty,
            "recorded_at": now,
            "replaces": price.replaces,
        }
        if price.is_base:
            base_prices.append(row)
        else:
            row["tier"], row["account_id"] = price.tier, price.billing_account_id
            row["valid_from"], row["valid_to"] = price.valid_from, price.valid_to
            negotiated.append(row)
    database.insert_rows(_add_base_prices, base_prices)
    database.insert_rows(_add_prices, negotiated)
