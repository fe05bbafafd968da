"""What an upsert comes to: for each record, what it changes of the product as it stands.

Reads all products and prices of a request in a few queries and makes out the difference in
memory. `product_changes` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from expressb2b_core import money
from expressb2b_core.errors import FieldError
from expressb2b_core.inputs.catalog import ProductInput
from expressb2b_core.services.current_products import (
    Current,
    read_current,
    read_negotiated_prices,
)
from expressb2b_core.services.documents import encode
from expressb2b_core.services.price_changes import AddedPrices, OpenPrice, PriceKey, merged
from expressb2b_core.services.product_records import CheckedProduct
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Row
from expressb2b_core.storage.statements import ListStatement, param

T = tables.PricingTier
A = tables.BillingAccount

_AS_SENT = frozenset({"name", "description", "unit", "active", "external_id"})

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
    differs, by column and as `base_price`; `closed` are the price rows that end, `added` the
    negotiated prices that begin.
    """

    sku: str | None
    status: str
    errors: Sequence[FieldError]
    product_id: int | None = None
    changes: Mapping[str, Any] = MappingProxyType({})
    closed: Sequence[int] = ()
    added: AddedPrices = ()


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
    row = known.current.rows.get(record["sku"])
    errors = _absent_references(record, known) if product.prices else []
    if row is None and "name" not in record:
        errors.insert(0, FieldError("/name", "required", "name is missing; a new product needs it"))
    if errors:
        return Plan(product.sku, "failed", errors)
    changes = _changes(record, row, known.current.places)
    if row is None:
        _, added = merged({}, product.prices, replace=False)
        return Plan(product.sku, "created", (), None, changes, (), added)
    closed, added = _price_changes(product, row, known)
    if "base_price" in changes and row[known.current.places["base_row"]] is not None:
        closed = [*closed, row[known.current.places["base_row"]]]
    status = "updated" if changes or closed or added else "unchanged"
    return Plan(product.sku, status, (), row[0], changes, closed, added)


def _price_changes(
    product: CheckedProduct, row: Row, known: _Known
) -> tuple[Sequence[int], AddedPrices]:
    if not product.prices and not product.replaces_prices:
        return (), ()
    present = known.prices.get(row[0], {})
    return merged(present, product.prices, replace=product.replaces_prices)


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


def _changes(record: ProductInput, row: Row | None, places: Mapping[str, int]) -> Mapping[str, Any]:
    """What the record says of the product that is not so already."""
    wanted: dict[str, Any] = {name: value for name, value in record.items() if name in _AS_SENT}
    if "base_price" in record:
        price = record["base_price"]
        wanted["base_price"] = None if price is None else money.unit_price(price)
    if "min_qty" in record:
        wanted["min_qty"] = record["min_qty"] or 1
    if "multiple" in record:
        wanted["multiple"] = record["multiple"] or 1
    if "metadata" in record:
        stored = "{}" if row is None else row[places["metadata"]]
        wanted["metadata"] = _metadata(record["metadata"] or {}, stored)
    if "inventory" in record:
        stock = record["inventory"]
        # A count switches tracking on; `tracked` as given wins.
        wanted |= {"tracked": True, **stock} if "on_hand" in stock else stock
    if row is None:
        return wanted
    return {name: value for name, value in wanted.items() if row[places[name]] != value}


def _metadata(sent: Mapping[str, str], stored: str) -> str:
    """The text to store; the stored one where only the order of the names differs."""
    text = encode(sent)
    return stored if text == stored or json.loads(stored) == sent else text
