from __future__ import annotations

from expressb2b_core.errors import FieldError
from expressb2b_core.inputs.catalog import PriceInput
from expressb2b_core.services.price_changes import (
    AddedPrice,
    OpenPrice,
    PriceKey,
    SentPrices,
    Terms,
    merged,
    sent_prices,
)

GOLD = PriceKey("gold", None, 1, None)


def open_price(row_id: int, price: int = 10_000) -> OpenPrice:
    return OpenPrice(row_id, price, None)


def sent(*pricing: PriceInput) -> tuple[SentPrices, list[FieldError]]:
    problems: list[FieldError] = []
    return sent_prices(pricing, problems), problems


def test_absent_quantity_and_window_mean_one_unit_and_always() -> None:
    prices, problems = sent({"tier": "gold", "price": "3.50"})

    assert prices == {GOLD: Terms(35_000, None)}
    assert problems == []


def test_quantity_and_start_make_another_price_and_the_end_does_not() -> None:
    _, problems = sent(
        {"tier": "gold", "price": "3"},
        {"tier": "gold", "price": "3", "min_qty": 2},
        {"tier": "gold", "price": "3", "valid_from": "2026-01-01T00:00:00Z"},
        {"tier": "gold", "price": "3", "valid_to": "2026-01-01T00:00:00Z"},
    )

    assert [(problem.pointer, problem.code) for problem in problems] == [
        ("/pricing/3", "duplicate")
    ]


def test_new_price_replaces_the_row_of_its_key() -> None:
    present = {GOLD: open_price(1), GOLD._replace(min_qty=5): open_price(2)}

    change = merged(present, {GOLD: Terms(20_000, None)}, replace=False)

    assert change == ([], [AddedPrice(*GOLD, *Terms(20_000, None), replaces=1)])


def test_first_price_of_a_key_replaces_none() -> None:
    change = merged({}, {GOLD: Terms(20_000, None)}, replace=False)

    assert change == ([], [AddedPrice(*GOLD, *Terms(20_000, None), replaces=None)])


def test_same_price_changes_nothing() -> None:
    change = merged({GOLD: open_price(1)}, {GOLD: Terms(10_000, None)}, replace=False)

    assert change == ([], [])


def test_new_end_is_a_change() -> None:
    change = merged({GOLD: open_price(1)}, {GOLD: Terms(10_000, 99)}, replace=False)

    assert change == ([], [AddedPrice(*GOLD, *Terms(10_000, 99), replaces=1)])


def test_ending_adds_nothing() -> None:
    assert merged({GOLD: open_price(1)}, {GOLD: None}, replace=False) == ([1], [])


def test_ending_what_is_not_there_does_nothing() -> None:
    present = {GOLD._replace(tier="silver"): open_price(1)}

    assert merged(present, {GOLD: None}, replace=False) == ([], [])


def test_replacing_ends_what_is_not_sent() -> None:
    present = {
        GOLD: open_price(1),
        GOLD._replace(tier="silver"): open_price(2),
        GOLD._replace(min_qty=5): open_price(3),
    }

    assert merged(present, {GOLD: Terms(10_000, None)}, replace=True) == ([2, 3], [])
