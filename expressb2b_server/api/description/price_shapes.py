"""What is said of prices: where one comes from, and which were considered."""

from __future__ import annotations

from expressb2b_server.api.description.shapes import (
    COUNT,
    NULL_ID,
    NULL_MOMENT,
    NULL_TEXT,
    UNIT_PRICE,
    choice,
    fields,
    or_null,
)

_SOURCE = choice("account", "tier", "base")

PRICE_ORIGIN = fields(
    "Where the price comes from.",
    {"source": _SOURCE, "tier": NULL_TEXT, "min_qty": COUNT, "base_price": or_null(UNIT_PRICE)},
)
CANDIDATE = fields(
    "A price that was considered.",
    {
        "source": _SOURCE,
        "tier": NULL_TEXT,
        "billing_account_id": NULL_ID,
        "price": UNIT_PRICE,
        "min_qty": COUNT,
        "valid_from": NULL_MOMENT,
        "valid_to": NULL_MOMENT,
        "verdict": choice("won", "outranked", "qty_too_low", "not_yet_valid", "expired"),
    },
)
