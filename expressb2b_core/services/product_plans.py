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
    Current,
    read_current,
    read_negotiated_prices,
)
from expressb2b_core.services.documents import encode
from expressb2b_core.services.price_changes import AddedPrice, OpenPrice, PriceKey, merged
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
    row = known.current.rows.get(record["sku"])
    errors = _absent_references(record, known) if product.prices else []
    if row is None and "name" not in record:
        errors.insert(0, FieldError("/name", "required", "name is missing; a new product needs it"))
    if errors:
        return Plan(product.sku, "failed", errors)
    columns = _columns(record)
    ended, added = _price_changes(product, row, known)
    if row is None:
        return Plan(product.sku, "created", (), None, columns, ended, added)
    changes = _changes(columns, row, known.current.places)
    status = "updated" if changes or ended or added else "unchanged"
    return Plan(product.sku, status, (), row[0], changes, ended, added)


def _price_changes(
    product: CheckedProduct, row: Row | None, known: _Known
) -> tuple[Sequence[int], Sequence[AddedPrice]]:
    ended: Sequence[int] = ()
    added: Sequence[AddedPrice] = ()
    if product.prices or product.replaces_prices:
        present = {} if row is None else known.prices.get(row[0], {})
        ended, added = merged(present, product.prices, replace=product.replaces_prices)
    if "base_price" not in product.record:
        return ended, added
    sent = product.record["base_price"]
    price = None if sent is None else money.unit_price(sent)
    stored, base_row = (None, None) if row is None else known.current.base_price(row)
    if price == stored:
        return ended, added
    if price is not None:
        return ended, [*added, AddedPrice(None, None, 1, None, price, None, base_row)]
    return ended if base_row is None else [*ended, base_row], added


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


def _columns(record: ProductInput) -> Mapping[str, Any]:
    """What the record says of the product's own columns."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if name in _AS_SENT:
            found[name] = value
        elif name in _OTHERWISE:
            found |= _OTHERWISE[name](value)
    return found


def _changes(columns: Mapping[str, Any], row: Row, places: Mapping[str, int]) -> Mapping[str, Any]:
    """Those columns that are not so already."""
    changes = {name: value for name, value in columns.items() if row[places[name]] != value}
    if "metadata" in changes:
        stored = row[places["metadata"]]
        # Another order of the names is no change.
        if json.loads(stored) == json.loads(changes["metadata"]):
            del changes["metadata"]
    return changes
