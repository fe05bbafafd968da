"""The JSON of products, composed when it is read from a product's columns and its open prices."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from expressb2b_core import money
from expressb2b_core.inputs.moments import EARLIEST, optional_text, text
from expressb2b_core.inputs.orders import Sku
from expressb2b_core.rules.pricing import PriceRow
from expressb2b_core.rules.stock import Stock
from expressb2b_core.services.documents import Document, encode
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import ListStatement, Statement, param

Fields = dict[str, object]

P = tables.Product
Price = tables.PriceRow


class Product(Document):
    """An article of the catalog, with its stock and all its prices that have not been ended."""

    __slots__ = ()

    sku: str
    name: str
    description: str | None
    unit: str | None
    base_price: str | None
    min_qty: int
    multiple: int
    active: bool
    inventory: Fields
    pricing: list[Fields]
    external_id: str | None
    metadata: dict[str, str]
    created_at: str
    updated_at: str


class ProductRow(NamedTuple):
    """The columns of a product, in the order of `COLUMNS`; truth values may be 0 and 1."""

    id: int
    sku: str
    name: str
    description: str | None
    unit: str | None
    min_qty: int
    multiple: int
    active: bool
    external_id: str | None
    metadata: str
    tracked: bool
    on_hand: int
    reserved: int
    allow_backorder: bool
    stock_as_of: int | None
    created_at: int
    updated_at: int

    @property
    def stock(self) -> Stock:
        """Its figures, as the stock rules take them."""
        return Stock(bool(self.tracked), self.on_hand, self.reserved, bool(self.allow_backorder))


COLUMNS = tuple(getattr(P, name) for name in ProductRow._fields)

_by_sku = Statement(
    lambda: P.select(*COLUMNS).where((P.workspace == param("workspace")) & (P.sku == param("sku")))
)
_open_prices = ListStatement(
    lambda products: Price.select(
        Price.product,
        Price.id,
        Price.tier,
        Price.account,
        Price.price,
        Price.min_qty,
        Price.valid_from,
        Price.valid_to,
    ).where(
        Price.product.in_(products)
        & Price.closed_at.is_null()
        & (Price.currency == param("currency"))
    )
)


def is_sku(text: str) -> bool:
    """A text that some product could have: no database takes U+0000 and the like."""
    return Sku.check(text, "", []) is not None


def find_row(scope: Scope, sku: str) -> ProductRow | None:
    """The product of this SKU, without its prices."""
    if not is_sku(sku):
        return None
    row = scope.runtime.database.row(_by_sku, workspace=scope.workspace_id, sku=sku)
    return None if row is None else ProductRow._make(row)


def open_prices(scope: Scope, product_ids: Sequence[int]) -> Mapping[int, list[PriceRow]]:
    """The prices of these products that have not been ended; a product without has none."""
    rows = scope.runtime.database.rows_in(_open_prices, product_ids, currency=scope.currency)
    found: dict[int, list[PriceRow]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(PriceRow._make(row[1:]))
    return found


def find_text(scope: Scope, sku: str) -> str | None:
    """The document of one product, read at one moment."""
    with scope.runtime.database.snapshot():
        row = find_row(scope, sku)
        return None if row is None else texts(scope, [row])[0]


def texts(scope: Scope, rows: Sequence[ProductRow]) -> list[str]:
    """The documents of these products, in their order."""
    prices = open_prices(scope, [row.id for row in rows])
    return [encode(_fields(row, prices.get(row.id, ()))) for row in rows]


def _fields(row: ProductRow, prices: Iterable[PriceRow]) -> Fields:
    base = next((price.price for price in prices if price.source == "base"), None)
    negotiated = sorted((price for price in prices if price.source != "base"), key=_shown_order)
    return {
        "sku": row.sku,
        "name": row.name,
        "description": row.description,
        "unit": row.unit,
        "base_price": None if base is None else money.unit_price_text(base),
        "min_qty": row.min_qty,
        "multiple": row.multiple,
        "active": bool(row.active),
        "inventory": {
            "tracked": bool(row.tracked),
            "on_hand": row.on_hand,
            "reserved": row.reserved,
            "available": row.stock.available,
            "allow_backorder": bool(row.allow_backorder),
        },
        "pricing": [_price_fields(price) for price in negotiated],
        "external_id": row.external_id,
        "metadata": json.loads(row.metadata),
        "created_at": text(row.created_at),
        "updated_at": text(row.updated_at),
    }


def _price_fields(row: PriceRow) -> Fields:
    return {
        "tier": row.tier,
        "billing_account_id": row.billing_account_id,
        "price": money.unit_price_text(row.price),
        "min_qty": row.min_qty,
        "valid_from": optional_text(row.valid_from),
        "valid_to": optional_text(row.valid_to),
    }


def _shown_order(row: PriceRow) -> tuple[str, str, int, int]:
    """Tiers by code, then accounts by id; no two open rows of a product are equal in all this."""
    starts_at = EARLIEST - 1 if row.valid_from is None else row.valid_from
    return row.billing_account_id or "", row.tier or "", row.min_qty, starts_at
