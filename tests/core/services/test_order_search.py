from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_core.errors import ValidationFailed
from expressb2b_core.services.order_search import search
from tests.builders import NAPKIN, customer, napkin, order


def numbers(shop: Workspace, sought: str, **query: object) -> list[int]:
    return [found.number for found in search(shop.scope, sought, **query)]  # type: ignore[arg-type]


@pytest.fixture
def placed(shop: Workspace) -> list[int]:
    """One of the product page's account, one of another, with a PO and an external id."""
    napkin(shop)
    shop.products.upsert(sku="cup", name="Cup", base_price="1.00")
    first = order(shop, customer(shop))
    harbor = customer(shop, name="Harborview Hotels")
    second = order(shop, harbor, sku="cup", po_number="PO-7", external_id="ERP-9")
    return [first.number, second.number]


@pytest.mark.parametrize("sought", ["{}", "#{}", " {} "])
def test_order_is_found_by_its_number(shop: Workspace, placed: list[int], sought: str) -> None:
    assert numbers(shop, sought.format(placed[0])) == [placed[0]]


@pytest.mark.parametrize("sought", ["PO-7", "ERP-9", "harbor", "HOTELS", "cup"])
def test_order_is_found_by_what_people_have_at_hand(
    shop: Workspace, placed: list[int], sought: str
) -> None:
    assert numbers(shop, sought) == [placed[1]]


def test_sku_in_small_letters_finds_the_one_in_capitals(shop: Workspace, placed: list[int]) -> None:
    assert numbers(shop, NAPKIN.lower()) == [placed[0]]


@pytest.mark.parametrize("sought", ["PO-8", "%", "_", "'", "\x00", "9" * 40, ""])
def test_nothing_is_found_by_anything_else(shop: Workspace, placed: list[int], sought: str) -> None:
    assert numbers(shop, sought) == []


def test_search_stays_within_the_filters(shop: Workspace, placed: list[int]) -> None:
    assert numbers(shop, "harbor", status="rejected") == []
    assert numbers(shop, "harbor", status="approved") == [placed[1]]


def test_pages_go_on(shop: Workspace) -> None:
    napkin(shop)
    of = customer(shop)
    expected = [order(shop, of).number for _ in range(5)][::-1]
    page = search(shop.scope, NAPKIN, per_page=2)
    seen = [found.number for found in page]

    while page.next_cursor is not None:
        page = search(shop.scope, NAPKIN, per_page=2, cursor=page.next_cursor)
        seen += [found.number for found in page]

    assert seen == expected
    assert page.total == 5


def test_misspelt_filter_is_refused(shop: Workspace) -> None:
    with pytest.raises(ValidationFailed):
        search(shop.scope, "x", status="lost")


def test_stranger_finds_nothing_of_it(
    shop: Workspace, stranger: Workspace, placed: list[int]
) -> None:
    for sought in (str(placed[0]), "PO-7", "harbor", "cup"):
        assert numbers(stranger, sought) == []
