"""Which orders a list shows, in which order, and how it is walked."""

from __future__ import annotations

from typing import Any

import pytest

from expressb2b_core import Workspace
from expressb2b_core.errors import (
    PriceChanged,
    ValidationFailed,
)
from tests.builders import Customer, customer, napkin, order
from tests.clocks import FakeClock


@pytest.fixture
def midwest(shop: Workspace) -> Customer:
    napkin(shop)
    return customer(shop, pricing_tier="volume_b")


def problems(error: ValidationFailed | PriceChanged) -> dict[str, str]:
    return {problem.pointer: problem.code for problem in error.errors}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "approved"}, [1001, 1002, 1003]),
        ({"status": "cancelled,approved"}, [1001, 1002, 1003, 1004]),
        ({"status": "rejected"}, []),
        ({"po_number": "PO-2"}, [1002]),
        ({"external_id": "E-3"}, [1003]),
        ({"created_from": "2026-03-16"}, [1002, 1003, 1004]),
        ({"created_to": "2026-03-15"}, [1001]),
        ({"created_from": "2026-03-16", "created_to": "2026-03-16"}, [1002]),
        ({"created_from": "2026-03-16T14:32:07Z", "created_to": "2026-03-17T14:32:07Z"}, [1002]),
        ({"created_from": "2026-03-16T00:00:00Z", "created_to": "2026-03-16T00:00:00Z"}, []),
        ({"created_from": "2026-03-16T23:59:59Z", "created_to": "2026-03-16"}, []),
        ({"updated_since": "2026-03-18T14:32:07Z"}, [1004]),
    ],
)
def test_lists_filter(
    shop: Workspace, midwest: Customer, clock: FakeClock, query: dict[str, Any], expected: list[int]
) -> None:
    for index in range(1, 5):
        placed = order(shop, midwest, po_number=f"PO-{index}", external_id=f"E-{index}")
        clock.advance(86_400)
        if index == 4:
            shop.orders.cancel(placed.id, reason="x")

    page = shop.orders.list(sort="created_at", **query)

    assert [found.number for found in page] == expected
    assert page.total == len(expected)


def test_lists_filter_by_account_and_site(shop: Workspace, midwest: Customer) -> None:
    other = customer(shop, name="Other")
    order(shop, midwest)
    order(shop, other)

    by_account = shop.orders.list(billing_account_id=other.account_id)
    by_site = shop.orders.list(site_id=midwest.site_id)

    assert [found.number for found in by_account] == [1002]
    assert [found.number for found in by_site] == [1001]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-17", "2026-03-15"),
        ("2026-03-16", "2026-03-15"),
        ("2026-03-16T00:00:00Z", "2026-03-15"),
        ("2026-03-15T12:00:01Z", "2026-03-15T13:00:00+01:00"),
    ],
)
def test_a_range_that_begins_after_it_ends_is_refused(
    shop: Workspace, start: str, end: str
) -> None:
    with pytest.raises(ValidationFailed) as caught:
        shop.orders.list(created_from=start, created_to=end)

    assert problems(caught.value) == {"?created_from": "out_of_range"}


def test_lists_show_orders_without_their_history(shop: Workspace, midwest: Customer) -> None:
    order(shop, midwest)

    (found,) = shop.orders.list()

    assert "approval_history" not in found


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize("sort", ["created_at", "-created_at", "updated_at", "-updated_at"])
def test_a_walk_can_start_at_a_numbered_page(shop: Workspace, sort: str, page: int) -> None:
    napkin(shop)
    midwest = customer(shop)
    placed = [order(shop, midwest).number for _ in range(5)]
    in_order = placed[::-1] if sort.startswith("-") else placed

    walked = shop.orders.iterate(sort=sort, page=page, per_page=2)

    assert [one.number for one in walked] == in_order[2 * (page - 1) :]


def test_a_walk_from_page_one_ends_with_what_changed_meanwhile(shop: Workspace) -> None:
    napkin(shop)
    midwest = customer(shop, {"name": "manager"})
    first, _, newest = [order(shop, midwest) for _ in range(3)]
    walked = shop.orders.iterate(sort="-updated_at", page=1, per_page=1)
    shown = [next(walked).number]

    shop.approvals.approve(first.id)
    shown += [one.number for one in walked]

    assert shown == [newest.number, newest.number - 1, first.number]
