"""A valid body for every route that takes one, with all of its fields; for B2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.server.api.belonging import Things

NOWHERE = "https://127.0.0.1:9/"
"""Where webhooks go, and are not taken."""

Body = dict[str, Any]
Place = tuple[str | int, ...]


def whole_bodies(it: Things, text: str, price: str = "1.00") -> dict[str, Body]:
    """By the name of the route; `text` stands wherever any text may stand."""
    said = {"metadata": {"a": text, text[:40]: "b"}, "external_id": text}
    order = {
        "billing_account_id": it.account,
        "site_id": it.site,
        "items": [{"sku": it.sku, "qty": 1_000_000, "expected_unit_price": "1.00"}],
        "po_number": text,
        "placed_by": it.contact,
        "note": text,
        "charges": [{"kind": "discount", "label": text, "amount": "-0.10"}],
        **said,
    }
    product = {
        "name": text,
        "description": text,
        "unit": text[:20],
        "base_price": price,
        "min_qty": 1_000_000,
        "multiple": 1,
        "active": True,
        "inventory": {"tracked": True, "on_hand": 10**12, "allow_backorder": False},
        "pricing": [
            {"tier": it.tier, "price": price, "min_qty": 7, "valid_from": "2026-01-01T00:00:00Z"},
            {"billing_account_id": it.account, "price": price, "valid_to": "2096-01-01T00:00:00Z"},
        ],
        "pricing_mode": "replace",
        **said,
    }
    level = {"name": text, "min_total": "0.10", "required": 1, "approver_ids": [it.contact]}
    account = {
        "name": text,
        "pricing_tier": it.tier,
        "active": True,
        "approval": {"allow_self_approval": False, "levels": [level]},
        **said,
    }
    site = {"name": text, "external_id": text, "active": True}
    contact = {
        "name": text, "email": "bo@example.com", "roles": ["buyer"], "site_ids": [it.site],
        "active": True,
    }  # fmt: skip
    return {
        "place_order": order,
        "quote_order": order,
        "approve_order": {"comment": text},
        "reject_order": {"reason": text},
        "fulfill_order": {"external_id": text, "tracking": text, "comment": text},
        "cancel_order": {"reason": text, "contact_id": it.contact},
        "upsert_product": {"sku": text, **product},
        "put_product": product,
        "upsert_products": {"products": [{"sku": text, **product}], "atomic": True},
        "set_inventory": {
            "levels": [{"sku": it.sku, "on_hand": 1}],
            "as_of": "2026-01-01T00:00:00Z",
        },
        "put_pricing_tier": {"name": text},
        "create_billing_account": {**account, "sites": [site]},
        "update_billing_account": account,
        "create_site": site,
        "update_site": site,
        "create_contact": contact,
        "update_contact": contact,
        "register_webhook": {"url": NOWHERE, "events": ["*"], "description": text},
        "update_webhook": {"events": ["*"], "description": text, "status": "enabled"},
        "replay_webhook": {"since": "2026-01-01", "until": "2026-01-02", "failed_only": True},
    }


def places(value: object, here: Place = ()) -> Iterator[Place]:
    """Where a value stands in a body, for each that stands there, at whatever depth."""
    if here:
        yield here
    inner = value.items() if isinstance(value, dict) else enumerate(_entries(value))
    for name, one in inner:
        yield from places(one, (*here, name))


def _entries(value: object) -> list[object]:
    return value if isinstance(value, list) else []
