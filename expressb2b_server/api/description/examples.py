"""Examples of requests and answers: one shop, one order, told all the way through.

A test proves that each example keeps its schema.
"""

from __future__ import annotations

from collections.abc import Mapping

Example = dict[str, object]

REQUEST_ID = "01936b5c-0d3e-7a52-8c14-2b9f60e7d4a1"

_ORDER_ID = "01936b4a-2c5e-7a1f-9d83-e7f2c4a18b3d"
_ACCOUNT_ID = "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"
_SITE_ID = "01936a12-ff40-7c9e-b112-73e4d9b8a214"
_CONTACT_ID = "01936a14-06b1-7d52-9a3c-5f20d8e1b7c6"
_EVENT_ID = "wh_01936b5c-3f2a-7e4d-8b29-c1d4e5f6a7b8"
_SKU = "NAP-LIN-WHT-200"
_NAME = "Linen napkin, white, 200 pcs"
_MONDAY = "2026-03-02T09:00:00Z"
_PLACED = "2026-03-15T14:32:07Z"

_PRICE: Example = {"source": "account", "tier": None, "min_qty": 1, "base_price": "41.00"}
_CANDIDATES: list[Example] = [
    {
        "source": "account",
        "tier": None,
        "billing_account_id": _ACCOUNT_ID,
        "price": "38.50",
        "min_qty": 1,
        "valid_from": None,
        "valid_to": None,
        "verdict": "won",
    },
    {
        "source": "tier",
        "tier": "volume_b",
        "billing_account_id": None,
        "price": "34.00",
        "min_qty": 1,
        "valid_from": None,
        "valid_to": None,
        "verdict": "outranked",
    },
    {
        "source": "base",
        "tier": None,
        "billing_account_id": None,
        "price": "41.00",
        "min_qty": 1,
        "valid_from": None,
        "valid_to": None,
        "verdict": "outranked",
    },
]
_ITEM: Example = {
    "line": 1,
    "sku": _SKU,
    "name": _NAME,
    "qty": 4,
    "unit_price": "38.50",
    "line_total": "154.00",
    "price": _PRICE,
}
_LEVEL: Example = {
    "level": 1,
    "name": "manager",
    "min_total": "100.00",
    "required": 1,
    "approved": 0,
}
_TOTALS: Example = {"subtotal": "154.00", "charges": [], "total": "154.00", "currency": "USD"}
_ORDER: Example = {
    "id": _ORDER_ID,
    "number": 1042,
    "status": "pending_approval",
    "revision": 1,
    "billing_account": {
        "id": _ACCOUNT_ID,
        "name": "Midwest Restaurant Group",
        "pricing_tier": "volume_b",
    },
    "site": {"id": _SITE_ID, "name": "Chicago — Loop"},
    "items": [_ITEM],
    **_TOTALS,
    "po_number": None,
    "external_id": None,
    "note": None,
    "metadata": {},
    "placed_by": None,
    "approval": {"required": True, "blocked": False, "current_level": 1, "levels": [_LEVEL]},
    "allowed_actions": ["approve", "reject", "cancel"],
    "created_at": _PLACED,
    "updated_at": _PLACED,
    "approved_at": None,
    "rejected_at": None,
    "fulfilled_at": None,
    "cancelled_at": None,
    "approval_history": [
        {
            "at": _PLACED,
            "action": "placed",
            "level": None,
            "actor": {
                "type": "api_key",
                "id": "01936a10-7c21-7b0f-8e64-d05a19c3f2b8",
                "name": "ERP",
            },
            "comment": None,
        }
    ],
}
_EVENT: Example = {
    "event": "order.placed",
    "id": _EVENT_ID,
    "created_at": "2026-03-15T14:32:08Z",
    "data": {
        "order_id": _ORDER_ID,
        "status": "pending_approval",
        "billing_account_id": _ACCOUNT_ID,
        "site_id": _SITE_ID,
        "total": "154.00",
        "items_count": 1,
        "order": _ORDER,
    },
}

RESOURCES: Mapping[str, Example] = {
    "order": _ORDER,
    "quote": {
        "items": [{**_ITEM, "candidates": _CANDIDATES}],
        **_TOTALS,
        "approval": {
            "required": True,
            "blocked": False,
            "current_level": 1,
            "levels": [{**_LEVEL, "eligible": [{"id": _CONTACT_ID, "name": "Ana Flores"}]}],
        },
        "stock": [{"sku": _SKU, "requested": 4, "available": 120, "ok": True}],
    },
    "order_pricing": {
        "order_id": _ORDER_ID,
        "items": [
            {
                "line": 1,
                "sku": _SKU,
                "qty": 4,
                "unit_price": "38.50",
                "price": _PRICE,
                "candidates": _CANDIDATES,
            }
        ],
    },
    "product": {
        "sku": _SKU,
        "name": _NAME,
        "description": None,
        "unit": "box",
        "base_price": "41.00",
        "min_qty": 1,
        "multiple": 1,
        "active": True,
        "inventory": {
            "tracked": True,
            "on_hand": 124,
            "reserved": 4,
            "available": 120,
            "allow_backorder": False,
        },
        "pricing": [
            {
                "tier": "volume_b",
                "billing_account_id": None,
                "price": "34.00",
                "min_qty": 1,
                "valid_from": None,
                "valid_to": None,
            }
        ],
        "external_id": None,
        "metadata": {},
        "created_at": _MONDAY,
        "updated_at": _MONDAY,
    },
    "price": {
        "sku": _SKU,
        "qty": 4,
        "at": _PLACED,
        "unit_price": "38.50",
        "line_total": "154.00",
        "price": _PRICE,
        "candidates": _CANDIDATES,
    },
    "pricing_tier": {
        "code": "volume_b",
        "name": "Volume B",
        "created_at": _MONDAY,
        "updated_at": _MONDAY,
    },
    "bulk_product_results": {
        "data": [
            {"index": 0, "sku": _SKU, "status": "updated", "errors": []},
            {
                "index": 1,
                "sku": "NAP-LIN-BLK-200",
                "status": "failed",
                "errors": [
                    {
                        "pointer": "/base_price",
                        "code": "invalid_money",
                        "detail": 'base_price: money is a decimal string, such as "38.50"',
                    }
                ],
            },
        ],
        "meta": {"total": 2, "created": 0, "updated": 1, "unchanged": 0, "failed": 1},
    },
    "bulk_level_results": {
        "data": [
            {
                "index": 0,
                "sku": _SKU,
                "status": "updated",
                "errors": [],
                "on_hand": 124,
                "available": 120,
            }
        ],
        "meta": {"total": 1, "updated": 1, "unchanged": 0, "failed": 0, "stale": 0},
    },
    "billing_account": {
        "id": _ACCOUNT_ID,
        "name": "Midwest Restaurant Group",
        "external_id": "ERP-20931",
        "pricing_tier": "volume_b",
        "active": True,
        "sites_count": 1,
        "sites": [{"id": _SITE_ID, "name": "Chicago — Loop", "external_id": None, "active": True}],
        "approval": {
            "allow_self_approval": False,
            "levels": [
                {"name": "manager", "min_total": "100.00", "required": 1, "approver_ids": []}
            ],
        },
        "metadata": {},
        "created_at": _MONDAY,
        "updated_at": _MONDAY,
    },
    "site": {
        "id": _SITE_ID,
        "billing_account_id": _ACCOUNT_ID,
        "name": "Chicago — Loop",
        "external_id": None,
        "active": True,
        "created_at": _MONDAY,
        "updated_at": _MONDAY,
    },
    "contact": {
        "id": _CONTACT_ID,
        "billing_account_id": _ACCOUNT_ID,
        "name": "Ana Flores",
        "email": "ana@example.com",
        "roles": ["buyer", "approver"],
        "site_ids": [],
        "active": True,
        "created_at": _MONDAY,
        "updated_at": _MONDAY,
    },
    "event": {"seq": 1, **_EVENT},
    "webhook": {
        "id": "01936b60-0c11-7b25-a6d1-5f0e8b7c9d10",
        "url": "https://yourapp.com/hooks/orders",
        "events": ["order.placed", "order.approved"],
        "description": None,
        "status": "enabled",
        "disabled_reason": None,
        "version": "2026-03",
        "secret_version": 1,
        "old_secret_until": None,
        "failing_since": None,
        "last_success_at": None,
        "last_failure_at": None,
        "created_at": _MONDAY,
        "updated_at": _MONDAY,
    },
    "delivery": {
        "id": "01936b61-7a02-7c3f-8e54-1b2c3d4e5f60",
        "webhook_id": "01936b60-0c11-7b25-a6d1-5f0e8b7c9d10",
        "event_id": "wh_01936b5c-3f2a-7e4d-8b29-c1d4e5f6a7b8",
        "event": "order.placed",
        "status": "succeeded",
        "attempts_count": 1,
        "next_attempt_at": None,
        "created_at": _MONDAY,
        "finished_at": _MONDAY,
        "attempts": [
            {"at": _MONDAY, "duration_ms": 84, "status": 204, "response": "", "error": None}
        ],
    },
    "queued": {"queued": 12},
    "webhook_event": _EVENT,
}

REQUESTS: Mapping[str, Example] = {
    "NewOrder": {
        "billing_account_id": _ACCOUNT_ID,
        "site_id": _SITE_ID,
        "items": [{"sku": _SKU, "qty": 4}],
    },
    "EndpointInput": {
        "url": "https://yourapp.com/hooks/orders",
        "events": ["order.placed", "order.approved"],
    },
    "EndpointChange": {"status": "enabled"},
    "Replay": {"since": "2026-03-15T00:00:00Z", "failed_only": True},
    "Approval": {"approver_id": _CONTACT_ID, "comment": "Fine with me"},
    "Rejection": {"approver_id": _CONTACT_ID, "reason": "Over this month's budget"},
    "Fulfillment": {"tracking": "1Z999AA10123456784"},
    "Cancellation": {"reason": "Ordered twice"},
    "ProductInput": {
        "sku": _SKU,
        "name": _NAME,
        "base_price": "41.00",
        "pricing": [{"tier": "volume_b", "price": "34.00"}],
    },
    "ProductFields": {"base_price": "42.00"},
    "BulkProducts": {
        "products": [
            {"sku": _SKU, "name": _NAME, "base_price": "41.00"},
            {"sku": "NAP-LIN-BLK-200", "name": "Linen napkin, black", "base_price": "43.00"},
        ]
    },
    "BulkLevels": {"levels": [{"sku": _SKU, "on_hand": 124}], "as_of": _PLACED},
    "TierInput": {"name": "Volume B"},
    "AccountInput": {
        "name": "Midwest Restaurant Group",
        "external_id": "ERP-20931",
        "pricing_tier": "volume_b",
        "sites": [{"name": "Chicago — Loop"}],
        "approval": {"levels": [{"name": "manager", "min_total": "100.00"}]},
    },
    "AccountChange": {"pricing_tier": "volume_c"},
    "SiteInput": {"name": "Chicago — Loop"},
    "SiteChange": {"active": False},
    "ContactInput": {
        "name": "Ana Flores",
        "email": "ana@example.com",
        "roles": ["buyer", "approver"],
    },
    "ContactChange": {"active": False},
}
