"""Every page, with a workspace in which something stands everywhere, and markup in every text."""

from __future__ import annotations

import csv
import io
import re

import pytest

from expressb2b_core import Actor, ExpressB2B, Workspace
from expressb2b_core.inputs.accounts import LevelInput
from expressb2b_core.services.administrators import Administrators
from tests.builders import Customer, order
from tests.server.panel.browser import Browser
from tests.server.panel.conftest import SignedIn
from tests.server.panel.markup import (
    CSVS,
    GETS,
    MARKUP,
    SHORT,
    Known,
    address,
    assert_harmless,
    fill,
)

# Files in which nothing stands that was typed after an order was placed.
WITHOUT_WORDS = frozenset(
    {
        "/administrators/<person_id>/sessions.csv",
        "/me/sessions.csv",
        "/orders/<order_id>/lines.csv",
        "/prices.csv",
        "/product/prices.csv",
        "/settings.csv",
        "/webhooks/<endpoint_id>/deliveries.csv",
    }
)


@pytest.fixture
def known(b2b: ExpressB2B) -> Known:
    return fill(b2b)


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
    b2b: ExpressB2B, admin: Browser, shop: Workspace, known: Known, rule: str
) -> None:
    formula = "=1+1"
    shop.tiers.put("volume_b", name=formula)
    shop.products.upsert(sku=known.sku, name=formula)
    shop.accounts.update(known.account_id, name=formula)
    shop.contacts.update(known.contact_id, name=formula)
    shop.webhooks.update(known.endpoint_id, description=formula)
    shop.sites.update(known.site_id, name=formula)
    level: LevelInput = {"name": formula, "min_total": "1.00"}
    shop.accounts.update(known.account_id, approval={"levels": [level]})
    b2b.create_workspace(formula)
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

    cells = [cell for row in rows for cell in row if not cell.lstrip("-").isdecimal()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    if rule not in WITHOUT_WORDS:
        assert f"'{formula}" in cells


# Administrators belong to no workspace.
@pytest.mark.parametrize("rule", [one for one in GETS if "<" in one and "person_id" not in one])
def test_what_another_workspace_has_is_absent(admin: Browser, known: Known, rule: str) -> None:
    path = address(rule, known).removeprefix("/admin")

    absent = admin.get(f"/admin/w/{known.other_workspace}{path}")
    unknown = admin.get(re.sub(r"[0-9a-f]{12}(?=/|$)", "0" * 12, f"/admin{path}"))

    assert absent.status == unknown.status == 404
