from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import ValidationFailed
from expressb2b_core.inputs import moments
from tests.clocks import FakeClock
from tests.core.services.query_plans import plans


@pytest.fixture
def account(shop: Workspace) -> str:
    shop.tiers.put("volume_b", name="Volume B")
    shop.tiers.put("volume_c", name="Volume C")
    return shop.accounts.create(name="Midwest", pricing_tier="volume_b").id


def test_answer_names_the_winner_and_every_candidate(shop: Workspace, account: str) -> None:
    other = shop.accounts.create(name="Other").id
    shop.products.upsert(
        sku="NAP",
        name="Napkin",
        base_price="41",
        pricing=[
            {"billing_account_id": account, "price": "38.50"},
            {"billing_account_id": account, "price": "30", "min_qty": 100},
            {"billing_account_id": other, "price": "1"},
            {"tier": "volume_b", "price": "34"},
            {
                "tier": "volume_b",
                "price": "20",
                "valid_from": "2025-01-01T00:00:00Z",
                "valid_to": "2026-01-01T00:00:00Z",
            },
            {"tier": "volume_b", "price": "33", "valid_from": "2026-06-01T00:00:00Z"},
            {"tier": "volume_c", "price": "2"},
        ],
    )

    answer = shop.products.price("NAP", billing_account_id=account, qty=4)

    def candidate(source: str, price: str, verdict: str, **others: object) -> dict[str, object]:
        return {
            "source": source,
            "tier": "volume_b" if source == "tier" else None,
            "billing_account_id": account if source == "account" else None,
            "price": price,
            "min_qty": 1,
            "valid_from": None,
            "valid_to": None,
            **others,
            "verdict": verdict,
        }

    assert answer.to_dict() == {
        "sku": "NAP",
        "qty": 4,
        "at": "2026-03-15T14:32:07Z",
        "unit_price": "38.50",
        "line_total": "154.00",
        "price": {"source": "account", "tier": None, "min_qty": 1, "base_price": "41.00"},
        "candidates": [
            candidate("account", "38.50", "won"),
            candidate("account", "30.00", "qty_too_low", min_qty=100),
            candidate("tier", "33.00", "not_yet_valid", valid_from="2026-06-01T00:00:00Z"),
            candidate(
                "tier",
                "20.00",
                "expired",
                valid_from="2025-01-01T00:00:00Z",
                valid_to="2026-01-01T00:00:00Z",
            ),
            candidate("tier", "34.00", "outranked"),
            candidate("base", "41.00", "outranked"),
        ],
    }


def test_one_unit_now_is_asked_for_by_default(shop: Workspace, account: str) -> None:
    shop.products.upsert(sku="A", name="A", base_price="0.0125")

    answer = shop.products.price("A", billing_account_id=account)

    assert (answer.qty, answer.unit_price, answer.line_total) == (1, "0.0125", "0.01")


def test_without_a_price_that_applies_the_candidates_say_why(shop: Workspace, account: str) -> None:
    shop.products.upsert(
        sku="A", name="A", pricing=[{"tier": "volume_b", "price": "3", "min_qty": 10}]
    )

    answer = shop.products.price("A", billing_account_id=account, qty=9)

    assert (answer.unit_price, answer.line_total, answer.price) == (None, None, None)
    assert [candidate["verdict"] for candidate in answer.candidates] == ["qty_too_low"]


def test_past_is_answered_from_the_rows_as_they_stood_then(
    shop: Workspace, account: str, clock: FakeClock
) -> None:
    def unit_price(at: str) -> str | None:
        return shop.products.price("A", billing_account_id=account, at=at).unit_price

    shop.products.upsert(sku="A", name="A", base_price="5")
    clock.advance(60)
    shop.products.upsert(sku="A", base_price="6", pricing=[{"tier": "volume_b", "price": "4"}])
    clock.advance(60)
    shop.products.upsert(sku="A", pricing=[{"tier": "volume_b", "price": None}])

    assert unit_price("2026-03-15T14:32:06Z") is None
    assert unit_price("2026-03-15T14:32:07Z") == "5.00"
    assert unit_price("2026-03-15T14:33:06Z") == "5.00"
    assert unit_price("2026-03-15T14:33:07Z") == "4.00"
    assert unit_price("2026-03-15T14:34:06Z") == "4.00"
    assert unit_price("2026-03-15T14:34:07Z") == "6.00"


def test_price_that_ended_and_came_again_is_known_for_each_time(
    shop: Workspace, account: str, clock: FakeClock
) -> None:
    def candidates(at: str) -> list[str]:
        answer = shop.products.price("A", billing_account_id=account, at=at)
        return [candidate["price"] for candidate in answer.candidates]

    shop.products.upsert(sku="A", name="A", pricing=[{"tier": "volume_b", "price": "4"}])
    for price in ("3", None, "2", "1", None):
        clock.advance(60)
        shop.products.upsert(sku="A", pricing=[{"tier": "volume_b", "price": price}])
    clock.advance(60)

    assert [candidates(f"2026-03-15T14:{minute}:07Z") for minute in range(32, 38)] == [
        ["4.00"],
        ["3.00"],
        [],
        ["2.00"],
        ["1.00"],
        [],
    ]


def test_past_price_is_found_without_reading_all_prices(
    b2b: ExpressB2B, shop: Workspace, account: str, clock: FakeClock
) -> None:
    shop.products.upsert(sku="A", name="A", base_price="5")
    clock.advance(60)

    (plan,) = [
        plan
        for plan in plans(
            b2b,
            lambda: shop.products.price("A", billing_account_id=account, at="2026-03-15T14:32:07Z"),
        )
        if "price_rows" in plan
    ]

    assert "price_rows_open" in plan
    assert "price_rows_ended" in plan
    assert not re.search(r"SCAN t\d|Seq Scan", plan)


def test_future_is_answered_from_todays_rows(shop: Workspace, account: str) -> None:
    shop.products.upsert(
        sku="A",
        name="A",
        base_price="5",
        pricing=[{"tier": "volume_b", "price": "4", "valid_from": "2026-06-01T00:00:00Z"}],
    )

    answer = shop.products.price("A", billing_account_id=account, at="2026-06-01T02:00:00+02:00")

    assert (answer.at, answer.unit_price) == ("2026-06-01T00:00:00Z", "4.00")


def test_the_accounts_tier_is_todays_for_the_past_too(
    shop: Workspace, account: str, clock: FakeClock
) -> None:
    shop.products.upsert(
        sku="A",
        name="A",
        pricing=[{"tier": "volume_b", "price": "4"}, {"tier": "volume_c", "price": "3"}],
    )
    clock.advance(60)
    shop.accounts.update(account, pricing_tier="volume_c")

    answer = shop.products.price("A", billing_account_id=account, at="2026-03-15T14:32:07Z")

    assert answer.unit_price == "3.00"


def test_line_total_has_the_currencys_own_decimals(b2b: ExpressB2B) -> None:
    yen = b2b.create_workspace("yen", currency="JPY")
    account = yen.accounts.create(name="Cafe").id
    yen.products.upsert(sku="A", name="A", base_price="10.25")

    answer = yen.products.price("A", billing_account_id=account, qty=2)

    assert (answer.unit_price, answer.line_total) == ("10.25", "21")


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ({"qty": 0}, "/qty"),
        ({"at": "2026-03-15"}, "/at"),
        ({"colour": "red"}, "/colour"),
        ({"billing_account_id": "x"}, "/billing_account_id"),
        ({"billing_account_id": "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"}, "?billing_account_id"),
    ],
)
def test_question_that_cannot_be_answered_is_refused(
    shop: Workspace, account: str, question: dict[str, object], pointer: str
) -> None:
    shop.products.upsert(sku="A", name="A", base_price="5")

    with pytest.raises(ValidationFailed) as failure:
        shop.products.price("A", **{"billing_account_id": account, **question})

    assert [error.pointer for error in failure.value.errors] == [pointer]


def test_strangers_account_is_as_good_as_none(
    shop: Workspace, stranger: Workspace, account: str
) -> None:
    stranger.products.upsert(sku="A", name="A", base_price="5")

    with pytest.raises(ValidationFailed) as failure:
        stranger.products.price("A", billing_account_id=account)

    assert [error.pointer for error in failure.value.errors] == ["?billing_account_id"]


MONEY = st.sampled_from(["1.00", "2.00", "3.5000", None])
PRICE_ROW = st.fixed_dictionaries(
    {"tier": st.sampled_from(["volume_b", "volume_c"]), "price": MONEY},
    optional={
        "min_qty": st.sampled_from([1, 5]),
        "valid_from": st.sampled_from([None, "2026-03-15T14:32:20Z"]),
        "valid_to": st.sampled_from([None, "2026-03-15T14:33:00Z"]),
    },
)
UPSERT = st.fixed_dictionaries(
    {},
    optional={
        "base_price": MONEY,
        "pricing": st.lists(
            PRICE_ROW,
            max_size=3,
            unique_by=lambda row: (row["tier"], row.get("min_qty", 1), row.get("valid_from")),
        ),
        "pricing_mode": st.sampled_from(["merge", "replace"]),
    },
)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 20), UPSERT), min_size=1, max_size=6))
def test_past_price_is_what_it_was_when_it_was_asked_then(
    history: list[tuple[int, dict[str, object]]],
) -> None:
    clock = FakeClock()
    with ExpressB2B("sqlite:///:memory:", secret=b"a secret for tests", clock=clock) as b2b:
        shop = b2b.workspace("default")
        shop.tiers.put("volume_b", name="Volume B")
        shop.tiers.put("volume_c", name="Volume C")
        account = shop.accounts.create(name="Midwest", pricing_tier="volume_b").id
        shop.products.upsert(sku="A", name="A")
        told = []
        for seconds, change in history:
            shop.products.upsert(sku="A", **change)
            told.append(shop.products.price("A", billing_account_id=account, qty=5))
            clock.advance(seconds)

        for then in told:
            again = shop.products.price("A", billing_account_id=account, qty=5, at=then.at)
            assert again == then
            assert moments.parse(then.at) < clock.now()
