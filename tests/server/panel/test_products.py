"""The catalog in the panel: products, stock, prices, tiers, and the price tester."""

from __future__ import annotations

import csv
import io

import pytest

from expressb2b_core import Workspace
from expressb2b_core.services import audit
from tests.builders import NAPKIN, customer, napkin
from tests.server.panel.browser import Answer, Browser

PAGE = f"/admin/product?sku={NAPKIN}"


@pytest.fixture
def page(shop: Workspace, admin: Browser) -> Answer:
    napkin(shop)
    return admin.get(PAGE)


def test_product_is_added(shop: Workspace, admin: Browser) -> None:
    form = admin.get("/admin/product/new")

    made = admin.submit(form, "/admin/product/new", sku="CUP / 1", name="Cup", base_price="1.2345")

    assert "The product is saved." in made.page.said
    assert shop.products.get("CUP / 1").base_price == "1.2345"


def test_existing_product_is_not_overwritten_by_a_new_one(
    shop: Workspace, admin: Browser, page: Answer
) -> None:
    form = admin.get("/admin/product/new")

    refused = admin.submit(form, "/admin/product/new", sku=NAPKIN, name="Another")

    assert refused.status == 422
    assert shop.products.get(NAPKIN).name != "Another"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"sku": " A"}, ""),
        ({"sku": ""}, "Sku must have"),
        ({"name": ""}, "Name must have"),
        ({"base_price": "1,20"}, "Base price: money is a decimal string"),
        ({"min_qty": "0"}, "Min qty must be at least 1"),
        ({"multiple": "half"}, "Multiple must be an integer"),
    ],
)
def test_what_is_wrong_with_a_product_is_told(
    admin: Browser, fields: dict[str, object], told: str
) -> None:
    form = admin.get("/admin/product/new")

    answer = admin.submit(form, "/admin/product/new", **{"sku": "A", "name": "A"} | fields)

    assert answer.status == (422 if told else 200)
    assert told in answer.page.said


def test_product_is_changed(shop: Workspace, admin: Browser, page: Answer) -> None:
    admin.submit(page, "/admin/product/edit", name="Napkin", base_price="", min_qty="2")

    product = shop.products.get(NAPKIN)
    assert (product.name, product.base_price, product.min_qty) == ("Napkin", None, 2)
    assert product.active
    (entry,) = audit.entries(shop.scope, door="panel", subject_type="product")
    assert entry.subject["id"] == NAPKIN


def test_product_is_archived_and_made_active_again(
    shop: Workspace, admin: Browser, page: Answer
) -> None:
    after = admin.submit(page, "/admin/product/archive")
    assert not shop.products.get(NAPKIN).active

    admin.submit(after, "/admin/product/edit", active="yes")

    assert shop.products.get(NAPKIN).active


def test_stock_is_counted(shop: Workspace, admin: Browser, page: Answer) -> None:
    fields = {"inventory/on_hand": "120", "allow_backorder": "yes"}

    after = admin.submit(page, "/admin/product/stock", **fields)

    assert "The stock is saved." in after.page.said
    stock = shop.products.get(NAPKIN).inventory
    assert (stock["tracked"], stock["on_hand"], stock["allow_backorder"]) == (True, 120, True)


def test_stock_below_zero_is_refused(shop: Workspace, admin: Browser, page: Answer) -> None:
    refused = admin.submit(page, "/admin/product/stock", **{"inventory/on_hand": "-1"})

    assert refused.status == 422
    assert "On hand must be at least 0" in refused.page.said


def test_price_for_an_account_is_added_and_ended(
    shop: Workspace, admin: Browser, page: Answer
) -> None:
    of = customer(shop)
    page = admin.get(PAGE)

    saved = admin.submit(
        page,
        "/admin/product/price",
        payer=f"account:{of.account_id}",
        price="38.50",
        min_qty="10",
        valid_from="2026-03-01",
        valid_to="2026-03-31",
    )

    rows = shop.products.get(NAPKIN).pricing
    (row,) = [row for row in rows if row["billing_account_id"] == of.account_id]
    assert (row["price"], row["min_qty"]) == ("38.50", 10)
    assert row["valid_from"] == "2026-03-01T00:00:00Z"
    assert row["valid_to"] == "2026-04-01T00:00:00Z"
    ending = [form for form in saved.page.forms if form.action.endswith("/price/end")][-1]
    admin.post(ending.action, dict(ending.fields))
    assert len(shop.products.get(NAPKIN).pricing) == 1


def test_price_for_a_tier_replaces_the_one_before(
    shop: Workspace, admin: Browser, page: Answer
) -> None:
    admin.submit(page, "/admin/product/price", payer="tier:volume_b", price="33.00")

    assert [row["price"] for row in shop.products.get(NAPKIN).pricing] == ["33.00"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"price": "much"}, "Price: money is a decimal string"),
        ({"payer": "tier:nobody"}, "pricing tier"),
        ({"payer": ""}, "must be an id"),
        ({"valid_from": "soon"}, "Valid from: a time looks like"),
        ({"min_qty": "0"}, "Min qty must be at least 1"),
    ],
)
def test_what_is_wrong_with_a_price_is_told(
    shop: Workspace, admin: Browser, page: Answer, fields: dict[str, object], told: str
) -> None:
    given = {"payer": "tier:volume_b", "price": "33.00"} | fields

    refused = admin.submit(page, "/admin/product/price", **given)

    assert refused.status == 422
    assert told in refused.page.said
    assert [row["price"] for row in shop.products.get(NAPKIN).pricing] == ["34.00"]


class TestPriceTester:
    def test_winner_and_losers_are_named(
        self, shop: Workspace, admin: Browser, page: Answer
    ) -> None:
        of = customer(shop, pricing_tier="volume_b")

        said = admin.submit(
            admin.get("/admin/prices"),
            "/admin/prices",
            sku=NAPKIN,
            billing_account_id=of.account_id,
            qty="4",
        ).page.said

        assert "USD 34.00 each, USD 136.00 for 4" in said
        assert "Tier price volume_b 34.00 1 always This price applies" in said
        assert "Base price 41.00 1 always A stronger price applies" in said

    def test_past_moment_can_be_asked_for(
        self, shop: Workspace, admin: Browser, page: Answer
    ) -> None:
        of = customer(shop)

        said = admin.get(
            f"/admin/prices?sku={NAPKIN}&billing_account_id={of.account_id}&at=2026-03-01T12:00"
        ).page.said

        assert "No price applies" in said

    @pytest.mark.parametrize("query", ["sku=NONE", f"sku={NAPKIN}", f"sku={NAPKIN}&qty=x"])
    def test_question_that_cannot_be_answered_is_told(
        self, shop: Workspace, admin: Browser, page: Answer, query: str
    ) -> None:
        of = customer(shop)
        suffix = "" if query.endswith(NAPKIN) else f"&billing_account_id={of.account_id}"

        assert admin.get(f"/admin/prices?{query}{suffix}").status == 422


class TestTiers:
    def test_tier_is_made_renamed_and_removed(self, shop: Workspace, admin: Browser) -> None:
        page = admin.submit(admin.get("/admin/tiers"), "/admin/tiers", code="gold", name="Gold")
        page = admin.submit(page, "/admin/tiers", code="gold", name="Golden")
        assert shop.tiers.get("gold").name == "Golden"

        page = admin.submit(page, "/admin/tiers/remove")

        assert shop.tiers.list().total == 0

    def test_tier_that_is_used_stays(self, shop: Workspace, admin: Browser, page: Answer) -> None:
        refused = admin.submit(admin.get("/admin/tiers"), "/admin/tiers/remove")

        assert refused.status == 409
        assert "1 prices are for it" in refused.page.said

    def test_code_that_is_none_is_refused(self, shop: Workspace, admin: Browser) -> None:
        refused = admin.submit(admin.get("/admin/tiers"), "/admin/tiers", code="a b", name="x")

        assert refused.status == 422
        assert "letters, digits" in refused.page.said


def test_low_stock_is_listed(shop: Workspace, admin: Browser) -> None:
    napkin(shop, inventory={"on_hand": 0})

    assert NAPKIN in admin.get("/admin/products?stock=low").page.said
    assert "1 product runs low" in admin.get("/admin/").page.said


def test_files_can_be_read_again(shop: Workspace, admin: Browser) -> None:
    napkin(shop, inventory={"on_hand": 3})

    products = admin.get("/admin/products.csv").text.removeprefix("\ufeff")
    stock = admin.get("/admin/stock.csv").text.removeprefix("\ufeff")

    (product,) = csv.DictReader(io.StringIO(products))
    assert (product["sku"], product["price:volume_b"]) == (NAPKIN, "34.00")
    (level,) = csv.DictReader(io.StringIO(stock))
    assert (level["on_hand"], level["available"]) == ("3", "3")
