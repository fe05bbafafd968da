"""Every page, with a workspace in which something stands everywhere, and markup in every text."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

import pytest

from expressb2b_core import Actor, ExpressB2B, Workspace
from expressb2b_core.services.administrators import Administrators
from expressb2b_server.panel.pages.table import ROUTES
from tests.builders import Customer, customer, order, person
from tests.server.panel.browser import Answer, Browser
from tests.server.panel.conftest import SignedIn

MARKUP = "<script>alert(1)</script>\"'&amp;<img src=x onerror=alert(1)>"
SHORT = "<b>\"'&"
SHOWN = MARKUP.replace("&", "&amp;")


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


@pytest.fixture
def known(b2b: ExpressB2B, shop: Workspace) -> Known:
    """Markup in every text that anybody can hand in."""
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
        inventory={"on_hand": 5},
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
    if rule == "/product":
        found += "?sku=SKU+%3Cb%3E%22%27%26"
    if rule == "/prices":
        found += f"?sku=SKU+%3Cb%3E%22%27%26&billing_account_id={known.account_id}&qty=2"
    return "/admin" + found


GETS = [
    route.rule
    for route in ROUTES
    if route.method == "GET" and route.role is not None and not route.rule.endswith(".csv")
]
CSVS = [route.rule for route in ROUTES if route.rule.endswith(".csv")]


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


@pytest.mark.parametrize("rule", GETS)
def test_page_renders_and_shows_markup_as_text(admin: Browser, known: Known, rule: str) -> None:
    answer = admin.get(address(rule, known))

    assert answer.status == 200, answer.page.said
    assert answer.header("Content-Type") == "text/html; charset=utf-8"
    assert_harmless(answer)


@pytest.mark.parametrize("rule", GETS)
def test_page_is_well_made_for_everybody(admin: Browser, known: Known, rule: str) -> None:
    """A title, one heading, a place to skip to, unique ids, and a label for every field."""
    page = admin.get(address(rule, known)).page

    tags = [tag for tag, _ in page.tags]
    assert tags.index("title") < tags.index("body")
    assert tags.count("h1") == tags.count("main") == 1
    assert "#main" in page.links
    assert len(page.ids) == len(set(page.ids)), sorted(page.ids)
    labelled = {found.get("for") for tag, found in page.tags if tag == "label"}
    for tag, found in page.tags:
        if tag in ("input", "select", "textarea") and found.get("type") != "hidden":
            assert found.get("id") in labelled, found
        for name in (found.get("aria-describedby") or "").split():
            assert name in page.ids
        for name in (found.get("aria-labelledby") or "").split():
            assert name in page.ids


@pytest.mark.parametrize("role", ["read_only", "approver"])
def test_pages_render_for_lesser_roles(signed_in: SignedIn, known: Known, role: str) -> None:
    browser = signed_in(role)

    for rule in GETS:
        answer = browser.get(address(rule, known))
        assert answer.status in (200, 403), rule
        assert_harmless(answer)


def test_markup_is_shown_where_it_was_typed(admin: Browser, known: Known) -> None:
    page = admin.get(f"/admin/orders/{known.order_id}").page

    assert MARKUP in page.said
    assert SHORT in page.said


@pytest.mark.parametrize("field", ["name", "email", "q", "path", "self", "done", "n"])
def test_markup_in_an_address_is_shown_as_text(admin: Browser, field: str) -> None:
    sent = "%3Cscript%3Ealert(1)%3C/script%3E%22%27%3E"

    for path in ("orders", "products", "accounts", "prices", "audit", "webhooks", "sign-in"):
        answer = admin.get(f"/admin/{path}?{field}={sent}&status={sent}&sku={sent}")
        assert "<script>alert" not in answer.text


def test_markup_that_is_refused_comes_back_as_text(admin: Browser) -> None:
    page = admin.get("/admin/accounts/new")

    answer = admin.submit(page, "/admin/accounts", name="", external_id=MARKUP * 5)

    assert answer.status == 422
    assert_harmless(answer)
    assert answer.form("/admin/accounts").fields["external_id"] == [MARKUP * 5]


@pytest.mark.parametrize("rule", CSVS)
def test_every_list_can_be_had_as_a_file(admin: Browser, known: Known, rule: str) -> None:
    answer = admin.get(address(rule, known))

    assert answer.status == 200
    assert answer.header("Content-Type") == "text/csv; charset=utf-8"
    assert (answer.header("Content-Disposition") or "").startswith("attachment;")
    assert len(answer.text.splitlines()) >= 2


@pytest.mark.parametrize("rule", CSVS)
def test_no_cell_of_a_file_is_run_as_a_formula(
    admin: Browser, shop: Workspace, known: Known, rule: str
) -> None:
    formula = "=1+1"
    shop.tiers.put("volume_b", name=formula)
    shop.products.upsert(sku=known.sku, name=formula)
    shop.accounts.update(known.account_id, name=formula)
    shop.contacts.update(known.contact_id, name=formula)
    shop.webhooks.update(known.endpoint_id, description=formula)
    shop.keys.create(formula)
    by_formula = Actor("admin", None, formula)
    Administrators(shop.scope.runtime, by_formula).update(known.person_id, name=formula)
    order(
        shop,
        Customer(known.account_id, known.site_id),
        qty=1,
        sku=known.sku,
        po_number=formula,
    )

    rows = list(csv.reader(io.StringIO(admin.get(address(rule, known)).text)))

    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    if "deliveries" not in rule:
        assert f"'{formula}" in cells


# Administrators belong to no workspace.
@pytest.mark.parametrize("rule", [one for one in GETS if "<" in one and "person_id" not in one])
def test_what_another_workspace_has_is_absent(admin: Browser, known: Known, rule: str) -> None:
    path = address(rule, known).removeprefix("/admin")

    absent = admin.get(f"/admin/w/{known.other_workspace}{path}")
    unknown = admin.get(re.sub(r"[0-9a-f]{12}(?=/|$)", "0" * 12, f"/admin{path}"))

    assert absent.status == unknown.status == 404
