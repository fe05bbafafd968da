"""Every list as a file: offered where the list is, whole, and of the present filter."""

from __future__ import annotations

import csv
import io

import pytest

from expressb2b_core import ExpressB2B, Workspace
from tests.builders import Customer, customer, napkin, order
from tests.server.panel.browser import Browser
from tests.server.panel.conftest import SignedIn
from tests.server.panel.markup import CSVS, GETS, Known, address, fill

# What is told at once and whole: the days of the chart, the candidates of an order's line.
NO_LISTS = ("/",)


@pytest.fixture
def known(b2b: ExpressB2B) -> Known:
    return fill(b2b)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("rule", GETS)
def test_page_with_a_list_offers_it_as_a_file(admin: Browser, known: Known, rule: str) -> None:
    page = admin.get(address(rule, known)).page

    offered = [link for link in page.links if link.partition("?")[0].endswith(".csv")]
    lists = [1 for tag, found in page.tags if tag == "table" and found.get("class") != "plain"]
    if lists and rule not in NO_LISTS:
        assert offered
    for link in offered:
        assert admin.get(link).status == 200, link


def test_every_file_is_offered_somewhere(admin: Browser, shop: Workspace, known: Known) -> None:
    order(shop, Customer(known.account_id, known.site_id), qty=3, sku=known.sku)  # the last ones
    pages = [address(rule, known) for rule in GETS] + ["/admin/products?stock=low"]
    offered = {link.partition("?")[0] for path in pages for link in admin.get(path).page.links}

    assert {address(rule, known).partition("?")[0] for rule in CSVS} <= offered


@pytest.mark.parametrize(
    "path",
    [
        "orders.csv?status=lost",
        "orders.csv?created_from=tomorrow",
        "orders.csv?billing_account_id=me",
        "audit.csv?door=window",
        f"products.csv?q={'x' * 300}",
        f"stock.csv?q={'x' * 300}",
        f"accounts.csv?q={'x' * 300}",
        "prices.csv?qty=many",
    ],
)
def test_file_that_cannot_be_asked_for_is_refused_by_a_page(admin: Browser, path: str) -> None:
    answer = admin.get(f"/admin/{path}")

    assert answer.status in (404, 422)
    assert answer.header("Content-Type") == "text/html; charset=utf-8"
    assert answer.page.said


def test_file_has_every_row_of_the_filter_not_one_page(admin: Browser, shop: Workspace) -> None:
    napkin(shop)
    placed = [order(shop, customer(shop, name=name)).number for name in ("A", "B") * 60]

    for query in ("status=approved", "sort=created_at", "q=A", "sort=-updated_at&q=A"):
        page = admin.get(f"/admin/orders?{query}").page
        (link,) = [one for one in page.links if "/orders.csv" in one]
        numbers = [int(row["number"]) for row in rows_of(admin.get(link).text)]
        assert f"{len(numbers)} orders" in page.said
        assert set(numbers) == set(placed[::2] if "q=" in query else placed)
        assert numbers == sorted(numbers, reverse="sort=created_at" not in query)


def test_file_of_deliveries_keeps_the_state_that_is_shown(admin: Browser, shop: Workspace) -> None:
    endpoint = shop.webhooks.register(url="https://example.com/hooks", events=["*"])
    for _ in range(3):
        shop.webhooks.test(endpoint.id)
    path = f"/admin/webhooks/{endpoint.id}"

    assert len(rows_of(admin.get(f"{path}/deliveries.csv?status=pending").text)) == 3
    assert rows_of(admin.get(f"{path}/deliveries.csv?status=failed").text) == []
    (link,) = [one for one in admin.get(f"{path}?status=pending").page.links if ".csv" in one]
    assert link.endswith("deliveries.csv?status=pending")


def test_workspaces_are_in_their_file(b2b: ExpressB2B, admin: Browser) -> None:
    b2b.create_workspace("europe", currency="EUR")

    found = rows_of(admin.get("/admin/workspaces.csv").text)

    assert [(row["name"], row["currency"]) for row in found] == [
        ("default", "USD"), ("europe", "EUR")
    ]  # fmt: skip
    assert found[0]["created_at"] == "2026-03-15T14:32:07Z"


def test_levels_of_an_account_are_in_their_file(admin: Browser, shop: Workspace) -> None:
    of = customer(shop, {"name": "manager", "min_total": "100.00"})

    (level,) = rows_of(admin.get(f"/admin/accounts/{of.account_id}/levels.csv").text)

    assert level == {
        "level": "1", "name": "manager", "min_total": "100.00", "required": "1",
        "approver_ids": "", "approvers": "",
    }  # fmt: skip


def test_file_of_settings_tells_no_secret(signed_in: SignedIn, known: Known) -> None:
    text = signed_in("admin").get("/admin/settings.csv").text

    assert "EXPRESSB2B_SECRET" in text
    assert "a secret for tests" not in text
