from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import TooManyRecords, ValidationFailed
from tests.clocks import FakeClock

MORNING = "2026-03-15T08:00:00Z"
NOON = "2026-03-15T12:00:00Z"


def stocked(shop: Workspace, sku: str = "A", on_hand: int = 10) -> None:
    shop.products.upsert(sku=sku, name=sku, inventory={"on_hand": on_hand})


def only(shop: Workspace, level: object, as_of: str | None = None) -> tuple[object, ...]:
    """Status, errors and figures of the one level of a request."""
    (row,) = shop.inventory.set_levels([level], as_of=as_of)
    return row.status, [(error.pointer, error.code) for error in row.errors], dict(row.figures)


def stock(shop: Workspace, sku: str = "A") -> Mapping[str, object]:
    return shop.products.get(sku).inventory


def test_each_level_has_its_own_outcome_in_the_order_sent(shop: Workspace) -> None:
    for sku in ("A", "B", "C"):
        stocked(shop, sku)

    result = shop.inventory.set_levels(
        [
            {"sku": "A", "on_hand": 4},
            {"sku": "B", "delta": -3},
            {"sku": "C", "on_hand": 10},
            {"sku": "D", "on_hand": 1},
        ]
    )

    assert result.to_dict() == {
        "data": [
            {
                "index": 0,
                "sku": "A",
                "status": "updated",
                "errors": [],
                "on_hand": 4,
                "available": 4,
            },
            {
                "index": 1,
                "sku": "B",
                "status": "updated",
                "errors": [],
                "on_hand": 7,
                "available": 7,
            },
            {
                "index": 2,
                "sku": "C",
                "status": "unchanged",
                "errors": [],
                "on_hand": 10,
                "available": 10,
            },
            {
                "index": 3,
                "sku": "D",
                "status": "failed",
                "errors": [
                    {
                        "pointer": "/sku",
                        "code": "unknown_sku",
                        "detail": "there is no such product",
                    }
                ],
                "on_hand": None,
                "available": None,
            },
        ],
        "meta": {"total": 4, "updated": 2, "unchanged": 1, "failed": 1, "stale": 0},
    }
    assert json.loads(result.text) == result.to_dict()
    assert [stock(shop, sku)["on_hand"] for sku in "ABC"] == [4, 7, 10]


def test_first_count_switches_tracking_on_and_a_delta_does_not(shop: Workspace) -> None:
    shop.products.upsert(sku="A", name="A")
    shop.products.upsert(sku="B", name="B")

    assert only(shop, {"sku": "A", "on_hand": 0}) == ("updated", [], {"on_hand": 0, "available": 0})
    assert only(shop, {"sku": "B", "delta": 5}) == (
        "updated",
        [],
        {"on_hand": 5, "available": None},
    )
    assert (stock(shop, "A")["tracked"], stock(shop, "B")["tracked"]) == (True, False)


def test_delta_below_zero_fails_and_names_what_there_is(shop: Workspace) -> None:
    stocked(shop, on_hand=2)

    (row,) = shop.inventory.set_levels([{"sku": "A", "delta": -3}])

    assert (row.status, row.on_hand) == ("failed", 2)
    assert [(error.pointer, error.code, error.figures) for error in row.errors] == [
        ("/delta", "out_of_range", {"on_hand": 2})
    ]
    assert stock(shop)["on_hand"] == 2


def test_delta_to_exactly_zero_passes(shop: Workspace) -> None:
    stocked(shop, on_hand=2)

    assert only(shop, {"sku": "A", "delta": -2})[0] == "updated"


def test_stock_has_an_upper_limit(shop: Workspace) -> None:
    stocked(shop, on_hand=10**12)

    assert only(shop, {"sku": "A", "delta": 1})[:2] == (
        "failed",
        [("/delta", "out_of_range")],
    )


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ({"sku": "A"}, [("/on_hand", "required")]),
        ({"sku": "A", "on_hand": 1, "delta": 1}, [("/delta", "conflicting")]),
        ({"on_hand": 1}, [("/sku", "required")]),
        ({"sku": "A", "on_hand": -1}, [("/on_hand", "out_of_range")]),
        ({"sku": "A", "on_hand": 1.0}, [("/on_hand", "wrong_type")]),
        ({"sku": "A", "on_hand": None}, [("/on_hand", "required")]),
        ({"sku": "A", "delta": "1"}, [("/delta", "wrong_type")]),
        ({"sku": "A", "on_hand": 1, "x": 1}, [("/x", "unknown_field")]),
        ("A", [("", "wrong_type")]),
    ],
)
def test_level_that_says_nothing_clear_fails(
    shop: Workspace, level: object, expected: list[tuple[str, str]]
) -> None:
    stocked(shop)

    assert only(shop, level)[:2] == ("failed", expected)
    assert stock(shop)["on_hand"] == 10


def test_all_levels_of_a_repeated_sku_fail(shop: Workspace) -> None:
    stocked(shop, "A")
    stocked(shop, "B")

    result = shop.inventory.set_levels(
        [{"sku": "A", "delta": 1}, {"sku": "B", "delta": 1}, {"sku": "A", "delta": 1}]
    )

    assert [row.status for row in result] == ["failed", "updated", "failed"]
    assert [error.code for error in result[2].errors] == ["duplicate"]
    assert stock(shop, "A")["on_hand"] == 10


# Counts with a time


def test_count_older_than_the_stored_one_is_stale_and_changes_nothing(
    shop: Workspace, clock: FakeClock
) -> None:
    stocked(shop)
    shop.inventory.set_levels([{"sku": "A", "on_hand": 5}], as_of=NOON)
    before = shop.products.get("A")
    clock.advance(60)

    result = shop.inventory.set_levels([{"sku": "A", "on_hand": 9}], as_of=MORNING)

    assert (result[0].status, result[0].on_hand, result.meta["stale"]) == ("stale", 5, 1)
    assert shop.products.get("A") == before


def test_count_of_the_same_second_or_later_is_taken_over(shop: Workspace) -> None:
    stocked(shop)

    assert only(shop, {"sku": "A", "on_hand": 5}, MORNING)[0] == "updated"
    assert only(shop, {"sku": "A", "on_hand": 6}, MORNING)[0] == "updated"
    assert only(shop, {"sku": "A", "on_hand": 7}, NOON)[0] == "updated"


def test_unchanged_count_still_makes_older_ones_stale(shop: Workspace, clock: FakeClock) -> None:
    stocked(shop)
    before = shop.products.get("A")
    clock.advance(60)

    assert only(shop, {"sku": "A", "on_hand": 10}, NOON)[0] == "unchanged"
    assert only(shop, {"sku": "A", "on_hand": 9}, MORNING)[0] == "stale"
    assert shop.products.get("A") == before


def test_count_without_a_time_is_taken_over_and_keeps_the_stored_time(shop: Workspace) -> None:
    stocked(shop)
    shop.inventory.set_levels([{"sku": "A", "on_hand": 5}], as_of=NOON)

    assert only(shop, {"sku": "A", "on_hand": 6})[0] == "updated"
    assert only(shop, {"sku": "A", "on_hand": 7}, MORNING)[0] == "stale"


def test_time_may_be_a_datetime(shop: Workspace) -> None:
    stocked(shop)
    shop.inventory.set_levels(
        [{"sku": "A", "on_hand": 5}], as_of=datetime(2026, 3, 15, 12, tzinfo=UTC)
    )

    assert only(shop, {"sku": "A", "on_hand": 6}, "2026-03-15T12:59:59+01:00")[0] == "stale"


def test_time_does_not_go_with_a_delta(shop: Workspace) -> None:
    stocked(shop)

    assert only(shop, {"sku": "A", "delta": 1}, NOON)[:2] == (
        "failed",
        [("/delta", "conflicting")],
    )


@pytest.mark.parametrize("as_of", ["yesterday", "2026-03-15", "2026-03-15T12:00:00", 5, ""])
def test_time_that_is_none_is_refused(shop: Workspace, as_of: object) -> None:
    with pytest.raises(ValidationFailed) as failure:
        shop.inventory.set_levels([{"sku": "A", "on_hand": 1}], as_of=as_of)

    assert [error.pointer for error in failure.value.errors] == ["/as_of"]


# The product


def test_changed_stock_moves_updated_at_and_touches_nothing_else(
    shop: Workspace, clock: FakeClock
) -> None:
    shop.products.upsert(
        sku="A", name="A", base_price="2", inventory={"on_hand": 1, "allow_backorder": True}
    )
    before = shop.products.get("A").to_dict()
    clock.advance(60)

    shop.inventory.set_levels([{"sku": "A", "on_hand": 3}])

    assert shop.products.get("A").to_dict() == {
        **before,
        "updated_at": "2026-03-15T14:33:07Z",
        "inventory": {**before["inventory"], "on_hand": 3, "available": 3},
    }


def test_archived_product_is_counted_too(shop: Workspace) -> None:
    stocked(shop)
    shop.products.archive("A")

    assert only(shop, {"sku": "A", "on_hand": 3})[0] == "updated"


# The request


def test_five_hundred_levels_are_taken_and_one_more_is_too_many(shop: Workspace) -> None:
    shop.products.upsert_many([{"sku": f"S{n}", "name": "x"} for n in range(500)])
    levels = [{"sku": f"S{n}", "on_hand": n} for n in range(501)]

    with pytest.raises(TooManyRecords):
        shop.inventory.set_levels(levels)
    result = shop.inventory.set_levels(levels[:500])

    assert result.meta["updated"] == 500
    assert stock(shop, "S499")["on_hand"] == 499


@pytest.mark.parametrize("levels", [[], {}, None, "A"])
def test_what_is_no_list_of_levels_is_refused(shop: Workspace, levels: object) -> None:
    with pytest.raises(ValidationFailed) as failure:
        shop.inventory.set_levels(levels)

    assert [error.pointer for error in failure.value.errors] == ["/levels"]


def test_deltas_of_several_threads_all_count(b2b: ExpressB2B, shop: Workspace) -> None:
    stocked(shop, on_hand=0)

    def add(units: int) -> None:
        b2b.workspace("default").inventory.set_levels([{"sku": "A", "delta": units}])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, [1] * 40))

    assert stock(shop)["on_hand"] == 40


def test_stranger_counts_nothing_of_ours(shop: Workspace, stranger: Workspace) -> None:
    stocked(shop)
    before = shop.products.get("A")

    assert only(stranger, {"sku": "A", "on_hand": 3}) == (
        "failed",
        [("/sku", "unknown_sku")],
        {"on_hand": None, "available": None},
    )
    assert shop.products.get("A") == before
