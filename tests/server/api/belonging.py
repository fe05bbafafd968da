"""Requests with ids that may be another workspace's, for every route that needs a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple, dataclass

from expressb2b_core import Workspace
from tests.client import Answer, Client
from tests.server.conftest import Customer, make_customer

ABSENT = "01936b4a-2c5e-7a1f-9d83-e7f2c4a18b3d"


@dataclass(frozen=True)
class Things:
    """One of each, by what identifies it; `marks` must never be seen by another workspace."""

    account: str
    site: str
    contact: str
    order: str
    event: str
    sku: str
    tier: str
    webhook: str
    delivery: str
    cursor: str

    @property
    def marks(self) -> list[str]:
        return [
            self.account,
            self.site,
            self.contact,
            self.order,
            self.event,
            self.webhook,
            self.delivery,
        ]


NOTHING = Things(
    account=ABSENT,
    site=ABSENT,
    contact=ABSENT,
    order=ABSENT,
    event=f"wh_{ABSENT}",
    sku="NO-SUCH-SKU",
    tier="no_such_tier",
    webhook=ABSENT,
    delivery=ABSENT,
    cursor="nonsense",
)


def stock(workspace: Workspace, name: str, webhook_url: str = "") -> Things:
    """Fill a workspace with one of each, all of them named after it."""
    customer: Customer = make_customer(workspace, min_total="0")
    workspace.products.upsert(sku=f"{name}-SKU", name=name, base_price="1.00")
    workspace.tiers.put(f"{name}_tier", name=name)
    for _ in range(2):
        order = workspace.orders.place(**customer.order())  # type: ignore[arg-type]
    url = webhook_url or f"https://{name}.example.com/"
    webhook = workspace.webhooks.register(url=url, events=["*"])
    delivery = workspace.webhooks.test(webhook.id)
    page = workspace.orders.list(per_page=1)
    return Things(
        customer.account_id,
        customer.site_id,
        customer.approver_id,
        order.id,
        workspace.events.list().texts[0].partition('"id":"')[2].partition('"')[0],
        f"{name}-SKU",
        f"{name}_tier",
        webhook.id,
        delivery.id,
        str(page.next_cursor),
    )


Send = Callable[[Client, Things, Things], Answer]
"""A request with the ids of some things; the others are the caller's own."""


def new_order(own: Things, **ids: object) -> dict[str, object]:
    items = [{"sku": ids.pop("sku", own.sku), "qty": 1}]
    return {"billing_account_id": own.account, "site_id": own.site, "items": items, **ids}


def merchant(action: str) -> Send:
    body = {"reason": "x"} if action in ("reject", "cancel") else {}
    return lambda client, it, own: client.post(f"/api/orders/{it.order}/{action}", body)


def person(action: str, field: str) -> Send:
    body = {"reason": "x"} if action in ("reject", "cancel") else {}
    return lambda client, it, own: client.post(
        f"/api/orders/{own.order}/{action}", {**body, field: it.contact}
    )


# For each route: requests with an id in path, body, filter or cursor that may be foreign.
# An empty list says that the route takes no id of anything.
PROBES: dict[str, list[Send]] = {
    "list_orders": [
        lambda client, it, own: client.get(f"/api/orders?billing_account_id={it.account}"),
        lambda client, it, own: client.get(f"/api/orders?site_id={it.site}"),
        lambda client, it, own: client.get(f"/api/orders?per_page=1&cursor={it.cursor}"),
    ],
    "place_order": [
        lambda client, it, own: client.post(
            "/api/orders", new_order(own, billing_account_id=it.account)
        ),
        lambda client, it, own: client.post("/api/orders", new_order(own, site_id=it.site)),
        lambda client, it, own: client.post("/api/orders", new_order(own, placed_by=it.contact)),
        lambda client, it, own: client.post("/api/orders", new_order(own, sku=it.sku)),
    ],
    "quote_order": [
        lambda client, it, own: client.post(
            "/api/orders/quote", new_order(own, billing_account_id=it.account)
        ),
        lambda client, it, own: client.post("/api/orders/quote", new_order(own, sku=it.sku)),
    ],
    "get_order": [lambda client, it, own: client.get(f"/api/orders/{it.order}")],
    "get_order_pricing": [lambda client, it, own: client.get(f"/api/orders/{it.order}/pricing")],
    "approve_order": [merchant("approve"), person("approve", "approver_id")],
    "reject_order": [merchant("reject"), person("reject", "approver_id")],
    "fulfill_order": [merchant("fulfill")],
    "cancel_order": [merchant("cancel"), person("cancel", "contact_id")],
    "list_products": [lambda client, it, own: client.get(f"/api/products?q={it.sku}")],
    "upsert_product": [
        lambda client, it, own: client.post(
            "/api/products",
            {"sku": "N", "name": "N", "pricing": [{"tier": it.tier, "price": "1.00"}]},
        ),
        lambda client, it, own: client.post(
            "/api/products",
            {
                "sku": "N",
                "name": "N",
                "pricing": [{"billing_account_id": it.account, "price": "1"}],
            },
        ),
    ],
    "upsert_products": [
        lambda client, it, own: client.post(
            "/api/products/bulk",
            {
                "products": [
                    {
                        "sku": "N",
                        "name": "N",
                        "pricing": [{"billing_account_id": it.account, "price": "1.00"}],
                    }
                ]
            },
        ),
    ],
    "get_price": [
        lambda client, it, own: client.get(
            f"/api/products/{it.sku}/price?billing_account_id={own.account}"
        ),
        lambda client, it, own: client.get(
            f"/api/products/{own.sku}/price?billing_account_id={it.account}"
        ),
    ],
    "get_product": [lambda client, it, own: client.get(f"/api/products/{it.sku}")],
    "put_product": [
        lambda client, it, own: client.put(
            f"/api/products/{own.sku}", {"pricing": [{"tier": it.tier, "price": "1.00"}]}
        ),
    ],
    "archive_product": [lambda client, it, own: client.delete(f"/api/products/{it.sku}")],
    "set_inventory": [
        lambda client, it, own: client.post(
            "/api/inventory", {"levels": [{"sku": it.sku, "on_hand": 1}]}
        ),
    ],
    "list_pricing_tiers": [],
    "get_pricing_tier": [lambda client, it, own: client.get(f"/api/pricing-tiers/{it.tier}")],
    "put_pricing_tier": [],
    "delete_pricing_tier": [lambda client, it, own: client.delete(f"/api/pricing-tiers/{it.tier}")],
    "list_billing_accounts": [
        lambda client, it, own: client.get(f"/api/billing-accounts?pricing_tier={it.tier}"),
    ],
    "create_billing_account": [
        lambda client, it, own: client.post(
            "/api/billing-accounts", {"name": "N", "pricing_tier": it.tier}
        ),
    ],
    "get_billing_account": [
        lambda client, it, own: client.get(f"/api/billing-accounts/{it.account}")
    ],
    "update_billing_account": [
        lambda client, it, own: client.patch(f"/api/billing-accounts/{it.account}", {"name": "N"}),
        lambda client, it, own: client.patch(
            f"/api/billing-accounts/{own.account}",
            {"approval": {"levels": [{"name": "n", "approver_ids": [it.contact]}]}},
        ),
        lambda client, it, own: client.patch(
            f"/api/billing-accounts/{own.account}", {"pricing_tier": it.tier}
        ),
    ],
    "create_site": [
        lambda client, it, own: client.post(
            f"/api/billing-accounts/{it.account}/sites", {"name": "N"}
        )
    ],
    "get_site": [lambda client, it, own: client.get(f"/api/sites/{it.site}")],
    "update_site": [lambda client, it, own: client.patch(f"/api/sites/{it.site}", {"name": "N"})],
    "list_contacts": [
        lambda client, it, own: client.get(f"/api/billing-accounts/{it.account}/contacts"),
    ],
    "create_contact": [
        lambda client, it, own: client.post(
            f"/api/billing-accounts/{it.account}/contacts", {"name": "N", "email": "n@example.com"}
        ),
        lambda client, it, own: client.post(
            f"/api/billing-accounts/{own.account}/contacts",
            {"name": "N", "email": "n@example.com", "site_ids": [it.site]},
        ),
    ],
    "get_contact": [lambda client, it, own: client.get(f"/api/contacts/{it.contact}")],
    "update_contact": [
        lambda client, it, own: client.patch(f"/api/contacts/{it.contact}", {"name": "N"}),
        lambda client, it, own: client.patch(
            f"/api/contacts/{own.contact}", {"site_ids": [it.site]}
        ),
    ],
    "list_events": [],
    "get_event": [lambda client, it, own: client.get(f"/api/events/{it.event}")],
    "get_event_bytes": [lambda client, it, own: client.get(f"/api/events/{it.event}/raw")],
    "list_webhooks": [],
    "register_webhook": [],
    "get_webhook": [lambda client, it, own: client.get(f"/api/webhooks/{it.webhook}")],
    "update_webhook": [
        lambda client, it, own: client.patch(f"/api/webhooks/{it.webhook}", {"description": "N"})
    ],
    "delete_webhook": [lambda client, it, own: client.delete(f"/api/webhooks/{it.webhook}")],
    "rotate_webhook_secret": [
        lambda client, it, own: client.post(f"/api/webhooks/{it.webhook}/rotate-secret")
    ],
    "send_webhook_test": [lambda client, it, own: client.post(f"/api/webhooks/{it.webhook}/test")],
    "list_deliveries": [
        lambda client, it, own: client.get(f"/api/webhooks/{it.webhook}/deliveries")
    ],
    "replay_webhook": [
        lambda client, it, own: client.post(
            f"/api/webhooks/{it.webhook}/replay", {"since": "2026-01-01"}
        )
    ],
    "get_delivery": [lambda client, it, own: client.get(f"/api/deliveries/{it.delivery}")],
    "redeliver": [lambda client, it, own: client.post(f"/api/deliveries/{it.delivery}/redeliver")],
}

_DULL = frozenset((
    "x-request-id", "content-length", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit",
    "etag", "link", "date",
))  # fmt: skip


def comparable(answer: Answer, it: Things) -> tuple[object, ...]:
    """What an outsider could tell answers apart by; what they sent themselves says nothing."""
    body = answer.json
    if isinstance(body, dict):
        body.pop("request_id", None)
    text = json.dumps(body)
    for sent in astuple(it):
        text = text.replace(sent, "it")
    return answer.status, text, {k: v for k, v in answer.headers.items() if k not in _DULL}
