"""Prices of tiers and accounts that come with a product."""

from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_core.errors import NotFound, ValidationFailed
from tests.builders import open_tiers
from tests.refusals import problems

ABSENT_ID = "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"


def test_negotiated_prices_are_shown_in_a_stable_order(shop: Workspace) -> None:
    open_tiers(shop)
    account = shop.accounts.create(name="Cafe").id
    rows = [
        {"billing_account_id": account, "price": "1"},
        {"tier": "volume_b", "price": "2"},
        {"tier": "volume_a", "price": "3", "min_qty": 10},
        {"tier": "volume_a", "price": "4", "valid_from": "2026-04-01T00:00:00Z"},
        {
            "tier": "volume_a",
            "price": "5",
            "valid_from": "2026-01-01T00:00:00Z",
            "valid_to": "2026-02-01T00:00:00Z",
        },
        {"tier": "volume_a", "price": "6"},
    ]

    shown = shop.products.upsert(sku="A", name="A", pricing=rows)
    again = shop.products.upsert(sku="B", name="B", pricing=rows[::-1])

    assert [row["price"] for row in shown.pricing] == [
        "6.00",
        "5.00",
        "4.00",
        "3.00",
        "2.00",
        "1.00",
    ]
    assert again.pricing == shown.pricing
    assert shown.pricing[1] == {
        "tier": "volume_a",
        "billing_account_id": None,
        "price": "5.00",
        "min_qty": 1,
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": "2026-02-01T00:00:00Z",
    }


def test_rows_are_merged_by_tier_or_account_and_quantity_and_start(shop: Workspace) -> None:
    open_tiers(shop)
    shop.products.upsert(
        sku="A",
        name="A",
        pricing=[{"tier": "volume_a", "price": "4"}, {"tier": "volume_b", "price": "3"}],
    )

    merged = shop.products.upsert(
        sku="A",
        pricing=[
            {"tier": "volume_a", "price": "3.90"},
            {"tier": "volume_a", "price": "3.50", "min_qty": 10},
        ],
    )

    assert [(row["tier"], row["min_qty"], row["price"]) for row in merged.pricing] == [
        ("volume_a", 1, "3.90"),
        ("volume_a", 10, "3.50"),
        ("volume_b", 1, "3.00"),
    ]


def test_null_price_ends_its_row_alone(shop: Workspace) -> None:
    open_tiers(shop)
    shop.products.upsert(
        sku="A",
        name="A",
        base_price="5",
        pricing=[{"tier": "volume_a", "price": "4"}, {"tier": "volume_b", "price": "3"}],
    )

    left = shop.products.upsert(sku="A", pricing=[{"tier": "volume_a", "price": None}])

    assert [row["tier"] for row in left.pricing] == ["volume_b"]
    assert left.base_price == "5.00"


def test_replacing_ends_all_that_is_not_sent_but_the_base_price(shop: Workspace) -> None:
    open_tiers(shop)
    account = shop.accounts.create(name="Cafe").id
    shop.products.upsert(
        sku="A",
        name="A",
        base_price="5",
        pricing=[
            {"tier": "volume_a", "price": "4"},
            {"tier": "volume_b", "price": "3"},
            {"billing_account_id": account, "price": "2"},
        ],
    )

    left = shop.products.upsert(
        sku="A", pricing=[{"tier": "volume_b", "price": "3"}], pricing_mode="replace"
    )

    assert [row["tier"] for row in left.pricing] == ["volume_b"]
    assert left.base_price == "5.00"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"price": "1"}], [("/pricing/0/tier", "required")]),
        (
            [{"tier": None, "billing_account_id": None, "price": "1"}],
            [("/pricing/0/tier", "required")],
        ),
        (
            [{"tier": "volume_a", "billing_account_id": ABSENT_ID, "price": "1"}],
            [("/pricing/0/billing_account_id", "conflicting")],
        ),
        ([{"tier": "volume_a"}], [("/pricing/0/price", "required")]),
        (
            [{"tier": "volume_a", "price": "1"}, {"tier": "nope", "price": "1"}],
            [("/pricing/1/tier", "not_found")],
        ),
        (
            [{"billing_account_id": ABSENT_ID, "price": "1"}],
            [("/pricing/0/billing_account_id", "not_found")],
        ),
        (
            [{"tier": "volume_a", "price": "1"}, {"tier": "volume_a", "price": None, "min_qty": 1}],
            [("/pricing/1", "duplicate")],
        ),
        (
            [
                {
                    "tier": "volume_a",
                    "price": "1",
                    "valid_from": "2026-01-01T00:00:00Z",
                    "valid_to": "2026-01-01T01:00:00+01:00",
                }
            ],
            [("/pricing/0/valid_to", "out_of_range")],
        ),
    ],
)
def test_contradicting_price_rows_are_refused(
    shop: Workspace, rows: list[dict[str, object]], expected: list[tuple[str, str]]
) -> None:
    open_tiers(shop)

    with pytest.raises(ValidationFailed) as failure:
        shop.products.upsert(sku="A", name="A", pricing=rows)

    assert problems(failure) == expected
    with pytest.raises(NotFound):
        shop.products.get("A")
