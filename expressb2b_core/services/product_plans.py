"""What an upsert comes to: for each record, what it changes of the product as it stands.

Reads all products and prices of a request in a few queries and makes out the difference in
memory. `product_changes` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from expressb2b_core import money
from expressb2b_core.errors import FieldError
from expressb2b_core.inputs.catalog import ProductInput
from expressb2b_core.services.current_products import (
    BASE_PRICE,
    BASE_ROW,
    Current,
    read_current,
    read_negotiated_prices,
)
from expressb2b_core.services.documents import encode
from expressb2b_core.services.price_changes import (
    AddedPrice,
    OpenPrice,
    PriceChanges,
    PriceKey,
    merged,
)
from expressb2b_core.services.product_records import CheckedProduct
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Row
from expressb2b_core.storage.statements import ListStatement, param

T = tables.PricingTier
A = tables.BillingAccount

_AS_SENT = frozenset({"name", "description", "unit", "active", "external_id"})
_OTHERWISE: Mapping[str, Callable[[Any], Mapping[str, Any]]] = {
    "min_qty": lambda sent: {"min_qty": sent or 1},
    "multiple": lambda sent: {"multiple": sent or 1},
    "metadata": lambda sent: {"metadata": encode(sent or {})},
    # A count switches tracking on; `tracked` as given wins.
    "inventory": lambda sent: {"tracked": True, **sent} if "on_hand" in sent else sent,
}

# Held until the end of the write, so that no tier is removed while a price for it is added.
_tiers = ListStatement(
    lambda codes: (
        T.select(T.code)
        .where((T.workspace == param("workspace")) & T.code.in_(codes))
        .order_by(T.code)
    ),
    locking=True,
)
_accounts = ListStatement(
    lambda ids: A.select(A.id).where((A.workspace == param("workspace")) & A.id.in_(ids))
)


class Plan(NamedTuple):
    """What one record comes to: `created`, `updated`, `unchanged` or `failed`.

    `product_id` is None where there is no such product yet. `changes` has the new values of what
    differs, by column; `ended` are the price rows that end, `added` the prices that begin, and
    with each the row that it replaces.
    """

    sku: str | None
    status: str
    errors: Sequence[FieldError]
    product_id: int | None = None
    changes: Mapping[str, Any] = MappingProxyType({})
    ended: Sequence[int] = ()
    added: Sequence[AddedPrice] = ()


class _Known(NamedTuple):
    """What the database has of the things that a request names."""

    current: Current
    prices: Mapping[int, Mapping[PriceKey, OpenPrice]]
    tiers: Collection[str]
    accounts: Collection[str]


def plan(scope: Scope, products: Sequence[CheckedProduct]) -> list[Plan]:
    """What these records come to now; inside the write that will carry it out."""
    known = _known(scope, [product for product in products if not product.errors])
    return [
        Plan(product.sku, "failed", product.errors) if product.errors else _planned(product, known)
        for product in products
    ]


def _known(scope: Scope, products: Sequence[CheckedProduct]) -> _Known:
    database = scope.runtime.database
    workspace = scope.workspace_id
    fields = set().union(*(product.record for product in products))
    current = read_current(scope, [product.record["sku"] for product in products], fields)
    priced = [product for product in products if product.prices or product.replaces_prices]
    ids = [
        current.rows[product.record["sku"]][0] for product in priced if product.sku in current.rows
    ]
    keys = {key for product in priced for key in product.prices}
    tiers = sorted({key.tier for key in keys if key.tier is not None})
    accounts = sorted({k.billing_account_id for k in keys if k.billing_account_id is not None})
    return _Known(
        current,
        read_negotiated_prices(scope, ids),
        {row[0] for row in database.rows_in(_tiers, tiers, workspace=workspace)},
        {row[0] for row in database.rows_in(_accounts, accounts, workspace=workspace)},
    )


def _planned(product: CheckedProduct, known: _Known) -> Plan:
    record = product.record
    row = known.current.rows.get(record["sku"], known.current.blank)
    product_id = row[0]
    errors = _absent_references(record, known) if product.prices else []
    if product_id is None and "name" not in record:
        errors.insert(0, FieldError("/name", "required", "name is missing; a new product needs it"))
    if errors:
        return Plan(product.sku, "failed", errors)
    changes = _changes(record, row, known.current.places)
    ended, added = _price_changes(product, row, known)
    if product_id is None:
        status = "created"
    else:
        status = "updated" if changes or ended or added else "unchanged"
    return Plan(product.sku, status, (), product_id, changes, ended, added)


def _price_changes(product: CheckedProduct, row: Row, known: _Known) -> PriceChanges:
    ended, added = _base_price_change(product.record, row)
    if not product.prices and not product.replaces_prices:
        return ended, added
    present = known.prices.get(row[0], {})
    others = merged(present, product.prices, replace=product.replaces_prices)
    return [*ended, *others[0]], [*added, *others[1]]


def _base_price_change(record: ProductInput, row: Row) -> PriceChanges:
    if "base_price" not in record:
        return (), ()
    sent, stored = record["base_price"], row[BASE_PRICE]
    price = None if sent is None else money.unit_price(sent)
    if price == stored:
        return (), ()
    if price is None:
        return [row[BASE_ROW]], ()
    return (), [AddedPrice(None, None, 1, None, price, None, row[BASE_ROW])]


def _absent_references(record: ProductInput, known: _Known) -> list[FieldError]:
    errors = []
    for index, row in enumerate(record["pricing"]):
        tier, account = row.get("tier"), row.get("billing_account_id")
        if tier is not None and tier not in known.tiers:
            detail = "there is no such pricing tier"
            errors.append(FieldError(f"/pricing/{index}/tier", "not_found", detail))
        if account is not None and account not in known.accounts:
            detail = "there is no such billing account"
            errors.append(FieldError(f"/pricing/{index}/billing_account_id", "not_found", detail))
    return errors


def _changes(record: ProductInput, row: Row, places: Mapping[str, int]) -> Mapping[str, Any]:
    """What the record says of the product's own columns that is not so already."""
    changes: dict[str, Any] = {}
    for name, value in record.items():
        if name in _AS_SENT:
            if row[places[name]] != value:
                changes[name] = value
        elif name in _OTHERWISE:
            said = _OTHERWISE[name](value)
            changes |= {
                column: said[column] for column in said if row[places[column]] != said[column]
            }
    # Another order of the names is no change.
    if "metadata" in changes and json.loads(row[places["metadata"]]) == record["metadata"]:
        del changes["metadata"]
    return changes
