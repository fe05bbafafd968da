"""Which products a list shows, in which order, and how it is walked."""

from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_core.errors import InvalidCursor, ValidationFailed
from tests.builders import open_tiers
from tests.clocks import FakeClock


def skus(shop: Workspace, **query: object) -> list[str]:
    return [product.sku for product in shop.products.list(**query)]


def test_list_gives_whole_products_by_sku(shop: Workspace) -> None:
    open_tiers(shop)
    made = [
        shop.products.upsert(
            sku=sku, name=sku, base_price="2", pricing=[{"tier": "volume_a", "price": "1"}]
        )
        for sku in ("B", "A", "C")
    ]

    page = shop.products.list()

    assert list(page) == [made[1], made[0], made[2]]
    assert (page.total, page.per_page, page.next_cursor) == (3, 25, None)


def test_search_finds_text_in_sku_or_name_whatever_the_case(shop: Workspace) -> None:
    shop.products.upsert(sku="NAP-LIN", name="Große Serviette")
    shop.products.upsert(sku="CUP-1", name="Cup")

    assert skus(shop, q="nap-l") == ["NAP-LIN"]
    assert skus(shop, q="GROSSE") == ["NAP-LIN"]
    assert skus(shop, q="große s") == ["NAP-LIN"]
    assert skus(shop, q="p") == ["CUP-1", "NAP-LIN"]
    assert skus(shop, q="nothing") == []


@pytest.mark.parametrize("sought", ["%", "_", "!", "[a]", "*", "\\"])
def test_wildcards_in_a_search_mean_themselves(shop: Workspace, sought: str) -> None:
    shop.products.upsert(sku="A", name="plain a")
    shop.products.upsert(sku="B", name=f"with {sought} in it")

    assert skus(shop, q=sought) == ["B"]


def test_renamed_product_is_found_by_its_new_name_only(shop: Workspace) -> None:
    shop.products.upsert(sku="A", name="old")
    shop.products.upsert(sku="A", name="new")

    assert skus(shop, q="new") == ["A"]
    assert skus(shop, q="old") == []


def test_list_can_be_narrowed_to_active_and_to_changed_since(
    shop: Workspace, clock: FakeClock
) -> None:
    shop.products.upsert(sku="A", name="A")
    shop.products.upsert(sku="B", name="B")
    clock.advance(60)
    shop.products.archive("B")
    shop.products.upsert(sku="C", name="C")

    assert skus(shop, active=True) == ["A", "C"]
    assert skus(shop, active=False) == ["B"]
    assert skus(shop, updated_since="2026-03-15T14:33:07Z") == ["B", "C"]
    assert skus(shop, updated_since="2026-03-15T14:33:08Z") == []
    assert skus(shop, updated_since="2026-03-15", active=True, q="c") == ["C"]


def test_list_can_be_sorted_by_change(shop: Workspace, clock: FakeClock) -> None:
    for sku in ("C", "A", "B"):
        clock.advance(1)
        shop.products.upsert(sku=sku, name=sku)

    assert skus(shop, sort="updated_at") == ["C", "A", "B"]
    assert skus(shop, sort="-updated_at") == ["B", "A", "C"]


@pytest.mark.parametrize("sort", ["sku", "updated_at", "-updated_at"])
def test_walking_by_cursor_yields_every_product_once(
    shop: Workspace, clock: FakeClock, sort: str
) -> None:
    for number in range(7):
        clock.advance(number % 2)
        shop.products.upsert(sku=f"S{number}", name="x")

    walked = [product.sku for product in shop.products.iterate(per_page=2, sort=sort)]

    assert sorted(walked) == [f"S{number}" for number in range(7)]
    assert walked == skus(shop, sort=sort)


def test_walk_can_start_at_a_numbered_page(shop: Workspace) -> None:
    for number in range(5):
        shop.products.upsert(sku=f"S{number}", name="x")

    assert [product.sku for product in shop.products.iterate(per_page=2, page=2)] == [
        "S2",
        "S3",
        "S4",
    ]


def test_cursor_of_another_filter_is_refused(shop: Workspace) -> None:
    for number in range(3):
        shop.products.upsert(sku=f"S{number}", name="x")
    cursor = shop.products.list(per_page=1, q="x").next_cursor

    with pytest.raises(InvalidCursor):
        shop.products.list(per_page=1, q="s", cursor=cursor)


def test_unknown_filter_is_refused(shop: Workspace) -> None:
    with pytest.raises(ValidationFailed):
        shop.products.list(quux="1")
