"""Products, prices, stock and tiers: what is upserted, adjusted and asked for."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Required, TypedDict

from expressb2b_core.inputs.constraints import (
    Bound,
    Choice,
    Flag,
    ListOf,
    Moment,
    ShortTexts,
    Text,
    UnitPrice,
    Uuid,
    Whole,
)
from expressb2b_core.inputs.orders import ExternalId, Sku
from expressb2b_core.inputs.paging import Paging
from expressb2b_core.inputs.records import Record
from expressb2b_core.rules.quantity import MAX_QTY

MAX_BULK = 500
MAX_STOCK = 10**12

TierCode = Text(
    1,
    64,
    pattern=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    hint="has letters, digits, '_', '.' and '-' only",
    example="volume_b",
)


class PriceInput(TypedDict, total=False):
    """A price for a tier or for one account: exactly one of `tier` and `billing_account_id`."""

    tier: Annotated[str | None, TierCode]
    billing_account_id: Annotated[str | None, Uuid()]
    price: Required[Annotated[str | Decimal | None, UnitPrice(), "null ends this row."]]
    min_qty: Annotated[int, Whole(1, MAX_QTY), "From this quantity on; 1 by default."]
    valid_from: Annotated[str | datetime | None, Moment(), "Included; absent: always."]
    valid_to: Annotated[str | datetime | None, Moment(), "Excluded; absent: for ever."]


class InventoryInput(TypedDict, total=False):
    """Stock of a product; it is tracked from the first `on_hand` on."""

    tracked: Annotated[bool, Flag()]
    on_hand: Annotated[int, Whole(0, MAX_STOCK)]
    allow_backorder: Annotated[bool, Flag(), "Accept orders beyond what is available."]


class ProductInput(TypedDict, total=False):
    """A product, upserted by SKU. An absent field stays as it is, null clears it."""

    sku: Required[Annotated[str, Sku, "Exact case."]]
    name: Annotated[str, Text(1, 300, example="Linen napkin, white, 200 pcs")]
    description: Annotated[str | None, Text(0, 10_000)]
    unit: Annotated[str | None, Text(1, 30, example="box")]
    base_price: Annotated[str | Decimal | None, UnitPrice(), "null: only tiers and accounts buy."]
    min_qty: Annotated[int | None, Whole(1, MAX_QTY), "1 by default."]
    multiple: Annotated[int | None, Whole(1, MAX_QTY), "Sold in multiples of this; 1 by default."]
    active: Annotated[bool, Flag()]
    inventory: Annotated[InventoryInput, Record(InventoryInput)]
    pricing: Annotated[
        list[PriceInput],
        ListOf(Record(PriceInput), 0, 1000),
        "Merged by (tier or account, min_qty, valid_from).",
    ]
    pricing_mode: Annotated[
        str, Choice("merge", "replace"), "`replace` ends every row that is not sent."
    ]
    external_id: Annotated[str | None, ExternalId]
    metadata: Annotated[dict[str, str] | None, ShortTexts()]


class ProductFields(ProductInput, total=False):
    """The same for a product that the path names: `sku` is absent, or equal to the path's."""

    sku: Annotated[str, Sku, "Absent, or equal to the path's."]  # type: ignore[misc]


class ProductQuery(Paging, total=False):
    """Which products, in which order."""

    q: Annotated[str, Text(1, 200), "Found in SKU or name, whatever the case."]
    active: Annotated[bool, Flag()]
    updated_since: Annotated[str | date | datetime, Bound()]
    sort: Annotated[str, Choice("sku", "updated_at", "-updated_at"), "`sku` by default."]


class PriceQuestion(TypedDict, total=False):
    """Which price an account pays, for how many, and when."""

    billing_account_id: Required[Annotated[str, Uuid()]]
    qty: Annotated[int, Whole(1, MAX_QTY), "1 by default."]
    at: Annotated[str | datetime, Moment(), "Now by default."]


class StockLevel(TypedDict, total=False):
    """The stock of one product: counted (`on_hand`) or changed (`delta`), exactly one."""

    sku: Required[Annotated[str, Sku]]
    on_hand: Annotated[int, Whole(0, MAX_STOCK)]
    delta: Annotated[int, Whole(-MAX_STOCK, MAX_STOCK)]


class TierInput(TypedDict):
    """A pricing tier."""

    name: Annotated[str, Text(1, 100, example="Volume B")]


class TierQuery(Paging, total=False):
    """All pricing tiers, by code."""
