"""Many products in one request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import NotFound, StorageUnavailable, TooManyRecords, ValidationFailed
from expressb2b_core.services import catalog
from expressb2b_core.storage.database import Duplicate
from tests.clocks import FakeClock


def statuses(shop: Workspace, records: list[object]) -> list[str]:
    return [row.status for row in shop.products.upsert_many(records)]


def outcome(row: object) -> tuple[object, list[tuple[str, str]]]:
    return row.sku, [(error.pointer, error.code) for error in row.errors]


def test_each_record_has_its_own_outcome_in_the_order_sent(
    shop: Workspace, clock: FakeClock
) -> None:
    shop.products.upsert(sku="SAME", name="Same", base_price="1")
    shop.products.upsert(sku="CHANGED", name="Changed", base_price="1")
    clock.advance(1)

    result = shop.products.upsert_many(
        [
            {"sku": "NEW", "name": "New", "base_price": "2.5"},
            {"sku": "SAME", "name": "Same", "base_price": "1.00"},
            {"sku": "CHANGED", "base_price": "1.10"},
            {"sku": "NAMELESS"},
            {"sku": "WRONG", "name": "Wrong", "base_price": 2.5},
        ]
    )

    assert result.to_dict() == {
        "data": [
            {"index": 0, "sku": "NEW", "status": "created", "errors": []},
            {"index": 1, "sku": "SAME", "status": "unchanged", "errors": []},
            {"index": 2, "sku": "CHANGED", "status": "updated", "errors": []},
            {
                "index": 3,
                "sku": "NAMELESS",
                "status": "failed",
                "errors": [
                    {
                        "pointer": "/name",
                        "code": "required",
                        "detail": "name is missing; a new product needs it",
                    }
                ],
            },
            {
                "index": 4,
                "sku": "WRONG",
                "status": "failed",
                "errors": [
                    {
                        "pointer": "/base_price",
                        "code": "invalid_money",
                        "detail": 'base_price: money is a decimal string, such as "38.50"',
                    }
                ],
            },
        ],
        "meta": {"total": 5, "created": 1, "updated": 1, "unchanged": 1, "failed": 2},
    }
    assert json.loads(result.text) == result.to_dict()
    assert shop.products.get("NEW").base_price == "2.50"
    assert shop.products.get("CHANGED").updated_at == "2026-03-15T14:32:08Z"
    assert shop.products.get("SAME").updated_at == "2026-03-15T14:32:07Z"
    assert list(result.failed) == [3, 4]
    assert (len(result), result[2].status) == (5, "updated")


@pytest.mark.parametrize("record", [None, 5, "A", [], True])
def test_record_that_is_no_object_fails_as_a_row(shop: Workspace, record: object) -> None:
    first, second = shop.products.upsert_many([record, {"sku": "A", "name": "A"}])

    assert outcome(first) == (None, [("", "wrong_type")])
    assert second.status == "created"


@pytest.mark.parametrize("sku", [None, "", 5, " A", "\ud800", "A\x00"])
def test_unusable_sku_is_not_repeated_in_the_outcome(shop: Workspace, sku: object) -> None:
    (row,) = shop.products.upsert_many([{"sku": sku, "name": "A"}])

    assert row.sku is None
    assert [error.pointer for error in row.errors] == ["/sku"]


def test_all_records_of_a_repeated_sku_fail(shop: Workspace) -> None:
    result = shop.products.upsert_many(
        [
            {"sku": "A", "name": "first"},
            {"sku": "B", "name": "B"},
            {"sku": "A", "name": ""},
            {"sku": "A", "name": "third"},
            {"sku": "a", "name": "another"},
        ]
    )

    assert [outcome(row) for row in result] == [
        ("A", [("/sku", "duplicate")]),
        ("B", []),
        ("A", [("/name", "invalid_length"), ("/sku", "duplicate")]),
        ("A", [("/sku", "duplicate")]),
        ("a", []),
    ]
    with pytest.raises(NotFound):
        shop.products.get("A")


def test_five_hundred_records_are_taken_and_one_more_is_too_many(shop: Workspace) -> None:
    records = [{"sku": f"S{number:03}", "name": "x", "base_price": "1"} for number in range(501)]

    with pytest.raises(TooManyRecords) as failure:
        shop.products.upsert_many(records)
    nothing = shop.products.list().total
    result = shop.products.upsert_many(records[:500])

    assert (failure.value.sent, failure.value.limit) == (501, 500)
    assert nothing == 0
    assert result.meta["created"] == 500
    assert [product.base_price for product in shop.products.iterate(per_page=100)] == ["1.00"] * 500


@pytest.mark.parametrize("products", [[], {}, "A", None, {"sku": "A"}])
def test_what_is_no_list_of_records_is_refused(shop: Workspace, products: object) -> None:
    with pytest.raises(ValidationFailed) as failure:
        shop.products.upsert_many(products)

    assert [error.pointer for error in failure.value.errors] == ["/products"]


def test_atomic_is_true_or_false(shop: Workspace) -> None:
    with pytest.raises(ValidationFailed) as failure:
        shop.products.upsert_many([{"sku": "A", "name": "A"}], atomic="yes")

    assert [error.pointer for error in failure.value.errors] == ["/atomic"]


def test_atomic_request_with_a_failure_writes_nothing_and_names_all(shop: Workspace) -> None:
    with pytest.raises(ValidationFailed) as failure:
        shop.products.upsert_many(
            [
                {"sku": "A", "name": "A"},
                {"sku": "B"},
                {"sku": "C", "name": "C", "pricing": [{"tier": "nope", "price": "1"}]},
                7,
            ],
            atomic=True,
        )

    assert [(error.pointer, error.code) for error in failure.value.errors] == [
        ("/products/1/name", "required"),
        ("/products/2/pricing/0/tier", "not_found"),
        ("/products/3", "wrong_type"),
    ]
    assert shop.products.list().total == 0


def test_atomic_request_without_a_failure_is_written(shop: Workspace) -> None:
    result = shop.products.upsert_many([{"sku": "A", "name": "A"}], atomic=True)

    assert result.meta["created"] == 1
    assert shop.products.get("A").name == "A"


def test_failing_record_leaves_its_product_as_it_was(shop: Workspace) -> None:
    before = shop.products.upsert(sku="A", name="A", base_price="1")

    assert statuses(shop, [{"sku": "A", "name": "B", "min_qty": 0}]) == ["failed"]

    assert shop.products.get("A") == before


def different_records() -> list[Mapping[str, object]]:
    return [
        {"sku": "A", "name": "A2"},
        {"sku": "B", "description": "b", "unit": "box"},
        {"sku": "C", "unit": "bag", "description": "c"},
        {"sku": "D", "inventory": {"on_hand": 4}, "base_price": "2"},
        {"sku": "E", "pricing": [{"tier": "gold", "price": "1"}]},
        {"sku": "F", "base_price": None, "metadata": {"k": "v"}},
        {"sku": "G", "name": "G", "pricing": [{"tier": "gold", "price": "9"}], "min_qty": 3},
        {"sku": "H", "active": False},
    ]


def test_one_request_changes_each_product_as_single_ones_would(
    shop: Workspace, stranger: Workspace, clock: FakeClock
) -> None:
    for workspace in (shop, stranger):
        workspace.tiers.put("gold", name="Gold")
        for sku in "ABCDEFH":
            workspace.products.upsert(sku=sku, name=sku, base_price="1")
    clock.advance(1)

    result = shop.products.upsert_many(different_records())
    for record in different_records():
        stranger.products.upsert(**record)

    assert [row.status for row in result] == ["updated"] * 6 + ["created", "updated"]
    assert list(shop.products.list()) == list(stranger.products.list())


def test_records_of_a_mixed_request_leave_the_columns_they_do_not_name(shop: Workspace) -> None:
    shop.products.upsert(
        sku="A", name="A", description="d", inventory={"on_hand": 5}, metadata={"a": "b"}
    )

    shop.products.upsert_many(
        [{"sku": "A", "name": "A2"}, {"sku": "B", "name": "B", "inventory": {"on_hand": 1}}]
    )

    kept = shop.products.get("A")
    assert (kept.name, kept.description, kept.metadata) == ("A2", "d", {"a": "b"})
    assert kept.inventory["on_hand"] == 5


def test_product_that_another_transaction_made_meanwhile_is_changed_instead(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = catalog.carry_out
    tries = []

    def too_late_once(*given: object) -> None:
        tries.append(given)
        if len(tries) == 1:
            raise Duplicate("products.sku")
        really(*given)

    monkeypatch.setattr(catalog, "carry_out", too_late_once)

    assert shop.products.upsert(sku="A", name="A").created
    assert len(tries) == 2


def test_products_that_are_made_by_others_again_and_again_are_given_up(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always_too_late(*_: object) -> None:
        raise Duplicate("products.sku")

    monkeypatch.setattr(catalog, "carry_out", always_too_late)

    with pytest.raises(StorageUnavailable):
        shop.products.upsert_many([{"sku": "A", "name": "A"}])


def test_threads_that_change_the_same_products_leave_one_price_of_each_kind(
    b2b: ExpressB2B, shop: Workspace
) -> None:
    shop.tiers.put("gold", name="Gold")

    def change(price: int) -> None:
        b2b.workspace("default").products.upsert_many(
            [
                {
                    "sku": sku,
                    "name": sku,
                    "base_price": str(price),
                    "pricing": [{"tier": "gold", "price": str(price)}],
                }
                for sku in "ABC"
            ]
        )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, range(1, 17)))

    for product in shop.products.list():
        (gold,) = product.pricing
        assert gold["price"] == product.base_price
