"""Products, their prices, tiers, and the results of bulk requests, as they are answered."""

from __future__ import annotations

from expressb2b_server.api.description.price_shapes import CANDIDATE, PRICE_ORIGIN
from expressb2b_server.api.description.shapes import (
    AMOUNT,
    COUNT,
    FLAG,
    METADATA,
    MOMENT,
    NULL_ID,
    NULL_MOMENT,
    NULL_TEXT,
    TEXT,
    UNIT_PRICE,
    WHOLE,
    Schema,
    choice,
    fields,
    listed,
    or_null,
    ref,
)

PRODUCT = fields(
    "An article of the catalog. Prices that have ended are not shown.",
    {
        "sku": TEXT,
        "name": TEXT,
        "description": NULL_TEXT,
        "unit": NULL_TEXT,
        "base_price": or_null(UNIT_PRICE),
        "min_qty": COUNT,
        "multiple": COUNT,
        "active": FLAG,
        "inventory": fields(
            "Stock; `available` is `on_hand` without what orders hold.",
            {
                "tracked": FLAG,
                "on_hand": WHOLE,
                "reserved": WHOLE,
                "available": or_null(WHOLE),
                "allow_backorder": FLAG,
            },
        ),
        "pricing": listed(
            fields(
                "A price of a tier or of one account.",
                {
                    "tier": NULL_TEXT,
                    "billing_account_id": NULL_ID,
                    "price": UNIT_PRICE,
                    "min_qty": COUNT,
                    "valid_from": NULL_MOMENT,
                    "valid_to": NULL_MOMENT,
                },
            )
        ),
        "external_id": NULL_TEXT,
        "metadata": METADATA,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
)
PRICE = fields(
    "What an account pays; null where it has no price.",
    {
        "sku": TEXT,
        "qty": COUNT,
        "at": MOMENT,
        "unit_price": or_null(UNIT_PRICE),
        "line_total": or_null(AMOUNT),
        "price": or_null(PRICE_ORIGIN),
        "candidates": listed(CANDIDATE),
    },
)
PRICING_TIER = fields(
    "A price level that accounts belong to.",
    {"code": TEXT, "name": TEXT, "created_at": MOMENT, "updated_at": MOMENT},
)


def _bulk(row: Schema, *counts: str) -> Schema:
    meta = fields("How many of each.", dict.fromkeys(("total", *counts), COUNT))
    return fields(
        "A result for each record, in the order sent.", {"data": listed(row), "meta": meta}
    )


def _result(*statuses: str, **more: Schema) -> Schema:
    return fields(
        "What became of a record.",
        {
            "index": COUNT,
            "sku": NULL_TEXT,
            "status": choice(*statuses),
            "errors": listed(ref("field_error")),
            **more,
        },
    )


_PRODUCT_RESULTS = ("created", "updated", "unchanged", "failed")
_LEVEL_RESULTS = ("updated", "unchanged", "failed", "stale")

BULK_PRODUCTS = _bulk(_result(*_PRODUCT_RESULTS), *_PRODUCT_RESULTS)
BULK_LEVELS = _bulk(
    _result(*_LEVEL_RESULTS, on_hand=or_null(WHOLE), available=or_null(WHOLE)), *_LEVEL_RESULTS
)
