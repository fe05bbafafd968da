"""Orders, quotes and the proof of prices, as they are answered."""

from __future__ import annotations

from collections.abc import Mapping

from expressb2b_core.rules.order_states import ACTIONS, STATUSES
from expressb2b_server.api.description.price_shapes import CANDIDATE, PRICE_ORIGIN
from expressb2b_server.api.description.shapes import (
    AMOUNT,
    COUNT,
    CURRENCY,
    FLAG,
    ID,
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
)

_ITEM_FIELDS: Mapping[str, Schema] = {
    "line": COUNT,
    "sku": TEXT,
    "name": TEXT,
    "qty": COUNT,
    "unit_price": UNIT_PRICE,
    "line_total": AMOUNT,
    "price": PRICE_ORIGIN,
}
_CHARGE = fields(
    "An amount beside the lines; a discount is negative.",
    {"kind": choice("shipping", "tax", "discount", "fee"), "label": TEXT, "amount": AMOUNT},
)
_LEVEL_FIELDS: Mapping[str, Schema] = {
    "level": COUNT,
    "name": TEXT,
    "min_total": AMOUNT,
    "required": COUNT,
    "approved": COUNT,
}


def _approval(level: Schema) -> Schema:
    return fields(
        "How far the approval has come; `blocked`: nobody could decide a level still to come.",
        {
            "required": FLAG,
            "blocked": FLAG,
            "current_level": or_null(COUNT),
            "levels": listed(level),
        },
    )


_HISTORY_ENTRY = fields(
    "What was done to the order, by whom.",
    {
        "at": MOMENT,
        "action": choice(
            "placed", "auto_approved", "approved", "rejected", "fulfilled", "cancelled"
        ),
        "level": or_null(COUNT),
        "actor": fields(
            "Who did it.",
            {
                "type": choice("contact", "api_key", "admin", "system"),
                "id": NULL_TEXT,
                "name": TEXT,
            },
        ),
        "comment": NULL_TEXT,
        "external_id": TEXT,
        "tracking": TEXT,
    },
    optional="external_id tracking",
)
_TOTALS: Mapping[str, Schema] = {
    "subtotal": AMOUNT,
    "charges": listed(_CHARGE),
    "total": AMOUNT,
    "currency": CURRENCY,
}

ORDER = fields(
    "An order. Names, prices and levels are copies taken when it was placed.",
    {
        "id": ID,
        "number": COUNT,
        "status": choice(*STATUSES),
        "revision": COUNT,
        "billing_account": fields(
            "Who orders.", {"id": ID, "name": TEXT, "pricing_tier": NULL_TEXT}
        ),
        "site": fields("For which site.", {"id": ID, "name": TEXT}),
        "items": listed(fields("A line.", _ITEM_FIELDS)),
        **_TOTALS,
        "po_number": NULL_TEXT,
        "external_id": NULL_TEXT,
        "note": NULL_TEXT,
        "metadata": METADATA,
        "placed_by": NULL_ID,
        "approval": _approval(fields("A level.", _LEVEL_FIELDS)),
        "allowed_actions": listed(choice(*ACTIONS)),
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "approved_at": NULL_MOMENT,
        "rejected_at": NULL_MOMENT,
        "fulfilled_at": NULL_MOMENT,
        "cancelled_at": NULL_MOMENT,
        "approval_history": listed(_HISTORY_ENTRY)
        | {"description": "Not in lists, only where a single order is answered."},
    },
    optional="approval_history",
)
QUOTE = fields(
    "An order as it would be placed now.",
    {
        "items": listed(
            fields("A line.", {**_ITEM_FIELDS, "candidates": listed(CANDIDATE)}),
        ),
        **_TOTALS,
        "approval": _approval(
            fields(
                "A level, and who could decide it.",
                {
                    **_LEVEL_FIELDS,
                    "eligible": listed(fields("A contact.", {"id": ID, "name": TEXT})),
                },
            )
        ),
        "stock": listed(
            fields(
                "Whether there is enough.",
                {"sku": TEXT, "requested": COUNT, "available": or_null(WHOLE), "ok": FLAG},
            )
        ),
    },
)
ORDER_PRICING = fields(
    "Why each line has its price.",
    {
        "order_id": ID,
        "items": listed(
            fields(
                "A line.",
                {
                    "line": COUNT,
                    "sku": TEXT,
                    "qty": COUNT,
                    "unit_price": UNIT_PRICE,
                    "price": PRICE_ORIGIN,
                    "candidates": listed(CANDIDATE),
                },
            )
        ),
    },
)
