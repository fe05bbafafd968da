"""A workspace in which something stands everywhere, with markup in every text, and its pages."""

from __future__ import annotations

import re
from dataclasses import dataclass

from expressb2b_core import ExpressB2B
from expressb2b_core.services import admin_sessions
from expressb2b_core.services.administrators import Administrators
from expressb2b_server.panel.pages.table import ROUTES
from tests.builders import customer, order, person
from tests.server.panel.browser import Answer

MARKUP = "<script>alert(1)</script>\"'&amp;<img src=x onerror=alert(1)>"
SHORT = "<b>\"'&"


@dataclass
class Known:
    """The ids and names that addresses are made of."""

    order_id: str
    account_id: str
    site_id: str
    contact_id: str
    key_id: str
    endpoint_id: str
    delivery_id: str
    person_id: str
    sku: str
    other_workspace: str


def fill(b2b: ExpressB2B) -> Known:
    """Put markup into every text that anybody can hand in."""
    shop = b2b.workspace()
    sku = f"SKU {SHORT}"
    shop.tiers.put("volume_b", name=MARKUP)
    shop.products.upsert(
        sku=sku,
        name=MARKUP,
        description=MARKUP,
        unit=SHORT,
        base_price="41.00",
        external_id=SHORT,
        metadata={SHORT: MARKUP},
        pricing=[{"tier": "volume_b", "price": "34.00"}],
        inventory={"on_hand": 2, "allow_backorder": True},
    )
    level = {"name": SHORT, "min_total": "1.00"}
    of = customer(
        shop,
        level,
        name=MARKUP,
        external_id=SHORT,
        metadata={SHORT: MARKUP},
        pricing_tier="volume_b",
        sites=[{"name": MARKUP, "external_id": SHORT}],
    )
    contact_id = person(shop, of, "Ana")
    shop.contacts.update(contact_id, name=MARKUP, email="<b>'&@example.com")
    endpoint = shop.webhooks.register(
        url="https://example.com/hooks?a=1&b=%22%3Cscript%3E", events=["*"], description=MARKUP
    )
    placed = order(
        shop,
        of,
        qty=2,
        sku=sku,
        po_number=SHORT,
        external_id=SHORT + "1",
        note=MARKUP,
        placed_by=contact_id,
        metadata={SHORT: MARKUP},
        charges=[{"kind": "fee", "label": MARKUP, "amount": "1.00"}],
    )
    rejected = order(shop, of, qty=1, sku=sku)
    shop.approvals.reject(rejected.id, reason=MARKUP)
    key = shop.keys.create(MARKUP, expires_in_seconds=86_400)
    bo = Administrators(b2b.runtime).create(name=MARKUP, email="bo<b>'&@example.com")
    admin_sessions.begin(b2b.runtime, bo.actor)
    b2b.create_workspace(MARKUP[:40])
    (site,) = [one for one in shop.accounts.get(of.account_id).sites if one["name"] == MARKUP]
    return Known(
        order_id=placed.id,
        account_id=of.account_id,
        site_id=site["id"],
        contact_id=contact_id,
        key_id=key.id,
        endpoint_id=endpoint.id,
        delivery_id=next(iter(shop.webhooks.deliveries(endpoint.id))).id,
        person_id=bo.id,
        sku=sku,
        other_workspace="2",
    )


def address(rule: str, known: Known) -> str:
    found = re.sub(r"<(\w+)>", lambda match: getattr(known, match[1]), rule)
    if rule in ("/product", "/product/prices.csv"):
        found += "?sku=SKU+%3Cb%3E%22%27%26"
    if rule in ("/prices", "/prices.csv"):
        found += f"?sku=SKU+%3Cb%3E%22%27%26&billing_account_id={known.account_id}&qty=2"
    return "/admin" + found


GETS = [
    route.rule
    for route in ROUTES
    if route.method == "GET" and route.role is not None and not route.rule.endswith(".csv")
]
CSVS = [route.rule for route in ROUTES if route.rule.endswith(".csv")]


def is_harmless(answer: Answer) -> bool:
    """Whether no element, attribute or handler of what people typed is in the page."""
    try:
        assert_harmless(answer)
    except AssertionError:
        return False
    return True


def assert_harmless(answer: Answer) -> None:
    """No element, attribute or handler of what people typed is in the page."""
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    page = answer.page
    assert {tag for tag, _ in page.tags} & {"img", "b", "iframe", "style", "object"} == set()
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
    scripts = [found for tag, found in page.tags if tag == "script"]
    assert len(scripts) == 1
    assert (scripts[0]["src"] or "").startswith("/admin/static/")
