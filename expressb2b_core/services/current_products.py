"""Products as they stand, as far as the records of an upsert speak of them.

A price list for five hundred products needs their names and base prices; reading all columns of
all of them would be the largest part of its work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import peewee

from expressb2b_core.services.price_changes import OpenPrice, PriceKey
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Row
from expressb2b_core.storage.statements import ListStatement, param

P = tables.Product
Price = tables.PriceRow

_ALWAYS = ("id", "sku", "name")
_DETAILS = ("description", "unit", "min_qty", "multiple", "active", "external_id", "metadata")
_STOCK = ("tracked", "on_hand", "allow_backorder")

BASE_PRICE, BASE_ROW = -2, -1
"""Where the base price stands, in ten-thousandths, and the id of the price row that says so."""

DEFAULTS: Mapping[str, Any] = {
    "description": None,
    "unit": None,
    "min_qty": 1,
    "multiple": 1,
    "active": True,
    "external_id": None,
    "metadata": "{}",
    "tracked": False,
    "on_hand": 0,
    "allow_backorder": False,
}
"""What a new product is until something is said of it."""


class Current(NamedTuple):
    """The products that exist, by SKU, as rows; `places` says which column stands where.

    The first is the id, the last are those of the base price. `blank` is a product that does not
    exist yet, without an id.
    """

    rows: Mapping[str, Row]
    places: Mapping[str, int]
    blank: Row


class _Selection(NamedTuple):
    places: Mapping[str, int]
    blank: Row
    statement: ListStatement


# In one order, so that two requests that name the same products wait for each other in turn.
_hold = ListStatement(
    lambda skus: (
        P.select(P.id).where((P.workspace == param("workspace")) & P.sku.in_(skus)).order_by(P.sku)
    ),
    locking=True,
)
_negotiated = ListStatement(
    lambda products: Price.select(
        Price.product,
        Price.tier,
        Price.account,
        Price.min_qty,
        Price.valid_from,
        Price.id,
        Price.price,
        Price.valid_to,
    ).where(
        Price.product.in_(products)
        & Price.closed_at.is_null()
        & (Price.tier.is_null(False) | Price.account.is_null(False))
        & (Price.currency == param("currency"))
    )
)


def read_current(scope: Scope, skus: Sequence[str], fields: Collection[str]) -> Current:
    """The products of these SKUs, with what the fields of `ProductInput` named would change.

    Until the write ends, nobody else changes them.
    """
    database = scope.runtime.database
    ordered = sorted(skus)
    if database.dialect.locks_rows:
        # A statement of its own: the next one has to see what the transaction before us wrote.
        database.rows_in(_hold, ordered, workspace=scope.workspace_id)
    selection = _selection(
        details=any(name in fields for name in _DETAILS), stock="inventory" in fields
    )
    rows = database.rows_in(
        selection.statement, ordered, workspace=scope.workspace_id, currency=scope.currency
    )
    return Current({row[1]: row for row in rows}, selection.places, selection.blank)


def read_negotiated_prices(
    scope: Scope, product_ids: Sequence[int]
) -> Mapping[int, Mapping[PriceKey, OpenPrice]]:
    """The prices of these products for tiers and accounts; a product without has none."""
    rows = scope.runtime.database.rows_in(_negotiated, product_ids, currency=scope.currency)
    found: dict[int, dict[PriceKey, OpenPrice]] = defaultdict(dict)
    for row in rows:
        found[row[0]][PriceKey._make(row[1:5])] = OpenPrice._make(row[5:])
    return found


@cache
def _selection(*, details: bool, stock: bool) -> _Selection:
    names = _ALWAYS + _DETAILS * details + _STOCK * stock
    places = {name: place for place, name in enumerate(names)}
    blank = (*(DEFAULTS.get(name) for name in names), None, None)
    return _Selection(places, blank, ListStatement(lambda skus: _with_base_price(names, skus)))


def _with_base_price(names: Sequence[str], skus: Sequence[peewee.Value]) -> peewee.Query:
    is_base_price = (
        (Price.product == P.id)
        & Price.closed_at.is_null()
        & Price.tier.is_null()
        & Price.account.is_null()
        & (Price.currency == param("currency"))
    )
    return (
        P.select(*(getattr(P, name) for name in names), Price.price, Price.id)
        .join(Price, peewee.JOIN.LEFT_OUTER, on=is_base_price)
        .where((P.workspace == param("workspace")) & P.sku.in_(skus))
    )
