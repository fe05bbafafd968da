"""What an upsert comes to: for each record, what it changes of the product as it stands.

Reads all products and prices of a request in a few queries and makes out the difference in
memory, a field of all records at a time: most fields of most records say what is so already.
`product_changes` writes it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
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
from expressb2b_core.services.price_changes import AddedPrice, OpenPrice, PriceKey, merged
from expressb2b_core.services.product_records import CheckedProducts
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


BasePrice = tuple[int, int, int | None]
"""A base price that begins: the place of its record, ten-thousandths, and the row it replaces."""


class Plan(NamedTuple):
    """What the records of a request come to: `created`, `updated`, `unchanged` or `failed`.

    What all records have stands in their order, the rest under their places. A product id is None
    where there is no such product yet. `changes` has the new values of what differs, by column;
    `ended` are the price rows that end, `base_prices` and `negotiated` the prices that begin.
    """

    skus: Sequence[str | None]
    statuses: Sequence[str]
    errors: Mapping[int, Sequence[FieldError]]
    product_ids: Sequence[int | None]
    changes: Mapping[int, Mapping[str, Any]]
    ended: Sequence[int]
    base_prices: Sequence[BasePrice]
    negotiated: Sequence[tuple[int, AddedPrice]]


class _Known(NamedTuple):
    """What the database has of the things that a request names; `rows` are those of its records."""

    current: Current
    rows: Sequence[Row]
    prices: Mapping[int, Mapping[PriceKey, OpenPrice]]
    tiers: Collection[str]
    accounts: Collection[str]


_Upsert = tuple[int, Mapping[str, Any], Row]
"""The place of a record, the record, and its product as it stands."""

_Ended = Mapping[int, Sequence[int]]
"""The price rows that end, by the place of the record that ends them."""


def plan(scope: Scope, products: CheckedProducts) -> Plan:
    """What these records come to now; inside the write that will carry it out."""
    known = _known(scope, products)
    errors = {**products.errors, **_refusals(products, known)}
    upserts = [
        (place, record, row)
        for place, (record, row) in enumerate(zip(products.records, known.rows, strict=True))
        if place not in errors
    ]
    changes = _changes(upserts, known.current.places)
    ended_bases, base_prices = _base_price_changes(upserts)
    ended, negotiated = _negotiated_changes(upserts, products, known)
    changed = {*changes, *ended_bases, *ended, *(price[0] for price in base_prices + negotiated)}
    return Plan(
        products.skus,
        _statuses(known.rows, errors, changed),
        errors,
        [row[0] for row in known.rows],
        changes,
        [*chain(*ended_bases.values(), *ended.values())],
        base_prices,
        negotiated,
    )


def _known(scope: Scope, products: CheckedProducts) -> _Known:
    database = scope.runtime.database
    workspace = scope.workspace_id
    records = [one for place, one in enumerate(products.records) if place not in products.errors]
    current = read_current(scope, [one["sku"] for one in records], set().union(*records))
    rows = [current.rows.get(sku, current.blank) for sku in products.skus]  # type: ignore[arg-type]
    priced = [rows[place][0] for place in products.prices if rows[place][0] is not None]
    keys = set().union(*products.prices.values())
    tiers = sorted({key.tier for key in keys if key.tier is not None})
    accounts = sorted({k.billing_account_id for k in keys if k.billing_account_id is not None})
    return _Known(
        current,
        rows,
        read_negotiated_prices(scope, priced),
        {row[0] for row in database.rows_in(_tiers, tiers, workspace=workspace)},
        {row[0] for row in database.rows_in(_accounts, accounts, workspace=workspace)},
    )


def _statuses(rows: Sequence[Row], failed: Collection[int], changed: Collection[int]) -> list[str]:
    statuses = ["created" if row[0] is None else "unchanged" for row in rows]
    for place in changed:
        if statuses[place] == "unchanged":
            statuses[place] = "updated"
    for place in failed:
        statuses[place] = "failed"
    return statuses


def _refusals(products: CheckedProducts, known: _Known) -> Mapping[int, Sequence[FieldError]]:
    """What only the database can tell, of records that are right by themselves."""
    found: dict[int, list[FieldError]] = defaultdict(list)
    for place, row in enumerate(known.rows):
        is_new = row[0] is None and place not in products.errors
        if is_new and "name" not in products.records[place]:
            detail = "name is missing; a new product needs it"
            found[place].append(FieldError("/name", "required", detail))
    for place in products.prices:
        if absent := _absent_references(products.records[place], known):
            found[place] += absent
    return found


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


def _changes(
    upserts: Sequence[_Upsert], places: Mapping[str, int]
) -> Mapping[int, Mapping[str, Any]]:
    """What the records say of the products' own columns that is not so already."""
    changes: dict[int, dict[str, Any]] = defaultdict(dict)
    for name, at in places.items():
        if name in _AS_SENT:
            for place, record, row in upserts:
                if name in record and record[name] != row[at]:
                    changes[place][name] = record[name]
    for name, meaning in _OTHERWISE.items():
        for place, record, row in upserts:
            if name in record and (differing := _differing(meaning(record[name]), row, places)):
                changes[place] |= differing
    return changes


def _differing(said: Mapping[str, Any], row: Row, places: Mapping[str, int]) -> Mapping[str, Any]:
    found = {column: said[column] for column in said if row[places[column]] != said[column]}
    # Another order of the names is no change.
    if "metadata" in found and json.loads(row[places["metadata"]]) == json.loads(found["metadata"]):
        del found["metadata"]
    return found


def _base_price_changes(upserts: Sequence[_Upsert]) -> tuple[_Ended, list[BasePrice]]:
    ended: dict[int, Sequence[int]] = {}
    added: list[BasePrice] = []
    for place, record, row in upserts:
        if "base_price" in record:
            sent = record["base_price"]
            price = None if sent is None else money.unit_price(sent)
            if price is None and row[BASE_PRICE] is not None:
                ended[place] = [row[BASE_ROW]]
            elif price is not None and price != row[BASE_PRICE]:
                added.append((place, price, row[BASE_ROW]))
    return ended, added


def _negotiated_changes(
    upserts: Sequence[_Upsert], products: CheckedProducts, known: _Known
) -> tuple[_Ended, list[tuple[int, AddedPrice]]]:
    ended: dict[int, Sequence[int]] = {}
    added: list[tuple[int, AddedPrice]] = []
    for place, record, row in upserts:
        if place in products.prices:
            present = known.prices.get(row[0], {})
            replace = record.get("pricing_mode") == "replace"
            ends, begins = merged(present, products.prices[place], replace=replace)
            if ends:
                ended[place] = ends
            added += [(place, price) for price in begins]
    return ended, added
