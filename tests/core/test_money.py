"""Money: integers inside, decimal strings outside."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressb2b_core import money

prices = st.integers(0, 10**14 - 1)
quantities = st.integers(1, 1_000_000)
decimals = st.sampled_from([0, 2, 3, 4])


@given(prices)
def test_a_unit_price_survives_the_way_out_and_back(price: int) -> None:
    assert money.unit_price(money.unit_price_text(price)) == price


@given(st.integers(-(10**12), 10**12), decimals)
def test_an_amount_survives_the_way_out_and_back(minor: int, places: int) -> None:
    if abs(minor) < 10 ** (10 + places):
        assert money.amount(money.amount_text(minor, places), places) == minor


@given(prices, quantities, decimals)
def test_a_line_is_rounded_half_up_once(price: int, qty: int, places: int) -> None:
    exact = Decimal(price) / 10_000 * qty
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)

    assert Decimal(money.line_total(price, qty, places)).scaleb(-places) == rounded


@pytest.mark.parametrize(
    ("text", "shown"),
    [("38.5", "38.50"), ("38", "38.00"), ("0.0125", "0.0125"), ("0.1250", "0.125"), ("0", "0.00")],
)
def test_unit_prices_are_shown_with_two_to_four_decimals(text: str, shown: str) -> None:
    assert money.unit_price_text(money.unit_price(text)) == shown


@pytest.mark.parametrize(
    "value",
    ["", " 1", "1 ", "+1", "1,5", "1.", ".5", "1e3", "NaN", "0.00001", "1" * 11, "١", "-1", 1, 1.5,
     True, None, Decimal("NaN"), Decimal("Infinity"), b"1"],
)  # fmt: skip
def test_what_is_no_price_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"price|money|decimal"):
        money.unit_price(value)


def test_a_discount_is_negative_and_keeps_its_sign() -> None:
    assert money.amount("-0.05", 2) == -5
    assert money.amount_text(-5, 2) == "-0.05"


def test_more_decimals_than_the_currency_has_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 0 decimals"):
        money.amount("1.5", 0)


def test_currencies_know_their_decimals() -> None:
    shown = {code: money.currency_decimals(code) for code in ("USD", "JPY", "KWD")}

    assert shown == {"USD": 2, "JPY": 0, "KWD": 3}


def test_books_in_a_currency_that_no_longer_exists_can_still_be_read() -> None:
    assert "HRK" not in money.CURRENCIES
    assert money.currency_decimals("HRK") == 2


@pytest.mark.parametrize("code", ["usd", "US", "DOLLAR", "U$D", ""])
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="three capital letters"):
        money.currency_decimals(code)
