"""The total of a list of orders is what counting them gives, whatever happened and is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import AlreadyExists
from expressb2b_core.inputs.moments import LATEST
from expressb2b_core.services.health import CHECKS, examine
from expressb2b_core.services.order_documents import Order
from expressb2b_core.services.order_tallies import day_of, month_of
from expressb2b_core.services.order_totals import range_values
from tests.builders import NOBODY, Customer, customer, napkin, new_shop, order
from tests.clocks import FakeClock

DAY = 86_400
HOUR = 3_600
DAYS = 3

# What happens: after so many hours, to so-manieth order (placing one where there is none).
histories = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from(["place", "place", "approve", "reject", "fulfill", "cancel"]),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=12,
)
hours = st.integers(-2 * 24, (DAYS + 2) * 24)


class History:
    """A shop with two accounts, one of two sites, and what happens to its orders."""

    def __init__(self, b2b: ExpressB2B, clock: FakeClock) -> None:
        self.shop = new_shop(b2b)
        self._clock = clock
        self.started_at = clock.now()
        napkin(self.shop)
        first = customer(self.shop, {"name": "manager"})
        second_site = self.shop.sites.create(first.account_id, name="Second")
        self.customers = [
            first,
            Customer(first.account_id, second_site.id),
            customer(self.shop),
        ]
        self._ids: list[str] = []

    def live(self, steps: Sequence[tuple[int, str, int]]) -> None:
        for after_hours, what, which in steps:
            self._clock.advance(after_hours * HOUR)
            if what == "place" or not self._ids:
                buyer = self.customers[which % len(self.customers)]
                number = f"PO-{which % 2}" if which % 3 else None
                self._ids.append(order(self.shop, buyer, po_number=number).id)
            else:
                self._act(what, self._ids[which % len(self._ids)])

    def _act(self, what: str, order_id: str) -> None:
        if what not in self.shop.orders.get(order_id).allowed_actions:
            return
        if what == "approve":
            self.shop.approvals.approve(order_id)
        elif what == "reject":
            self.shop.approvals.reject(order_id, reason="no")
        elif what == "fulfill":
            self.shop.orders.fulfill(order_id)
        else:
            self.shop.orders.cancel(order_id, reason="no")

    def at(self, hour: int) -> str:
        return datetime.fromtimestamp(self.started_at + hour * HOUR, UTC).isoformat()


def filters(history: History, bounds: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    """Every combination of two filters, and of two and a status."""
    start, end, since = bounds
    start, end = min(start, end), max(start, end)
    first, second, third = history.customers
    one_of_each: list[Mapping[str, Any]] = [
        {"status": ["approved"]},
        {"status": ["pending_approval", "cancelled", "fulfilled"]},
        {"billing_account_id": first.account_id},
        {"billing_account_id": third.account_id},
        {"site_id": second.site_id},
        {"site_id": NOBODY},
        {"po_number": "PO-1"},
        {"created_from": history.at(start)},
        {"created_from": history.at(start), "created_to": history.at(end)},
        {"created_to": history.at(end)},
        {"created_from": history.at(start)[:10], "created_to": history.at(end)[:10]},
        {"updated_since": history.at(since)},
    ]
    for amount in range(4):
        for chosen in combinations(one_of_each, amount):
            if amount == 3 and "status" not in chosen[0]:
                continue
            names = [name for one in chosen for name in one]
            if len(names) == len(set(names)):
                yield {name: value for one in chosen for name, value in one.items()}


def matches(found: Order, asked: Mapping[str, Any]) -> bool:
    """Whether an order is one of those that were asked for."""

    def in_order(lower: str, upper: str) -> bool:
        return datetime.fromisoformat(lower) <= datetime.fromisoformat(upper)

    end = asked.get("created_to", "9999-01-01T00:00:00Z")
    is_before_end = (
        found.created_at[:10] <= end if len(end) == 10 else not in_order(end, found.created_at)
    )
    start = asked.get("created_from", "1970-01-01")
    start = start if len(start) > 10 else f"{start}T00:00:00Z"
    return (
        found.status in asked.get("status", [found.status])
        and asked.get("billing_account_id", found.billing_account["id"])
        == found.billing_account["id"]
        and asked.get("site_id", found.site["id"]) == found.site["id"]
        and asked.get("po_number", found.po_number) == found.po_number
        and is_before_end
        and in_order(start, found.created_at)
        and in_order(asked.get("updated_since", "1970-01-01T00:00:00Z"), found.updated_at)
    )


@given(histories, st.tuples(hours, hours, hours))
@settings(max_examples=3)
def test_totals_and_rows_are_those_of_counting_after_any_history(
    b2b: ExpressB2B, clock: FakeClock, steps: list[tuple[int, str, int]], bounds: tuple[int, ...]
) -> None:
    history = History(b2b, clock)
    history.live(steps)
    everything = list(history.shop.orders.iterate(per_page=100))

    for asked in filters(history, bounds):
        wanted = {one.number for one in everything if matches(one, asked)}
        for sort in ("-created_at", "updated_at"):
            page = history.shop.orders.list(**asked, sort=sort, per_page=100)
            assert {one.number for one in page} == wanted, (asked, sort)
            assert page.total == len(wanted), (asked, sort)


@given(histories)
@settings(max_examples=15)
def test_tallies_agree_with_the_orders_after_any_history(
    b2b: ExpressB2B, clock: FakeClock, steps: list[tuple[int, str, int]]
) -> None:
    check = next(one for one in CHECKS if one.name == "tallies")

    History(b2b, clock).live(steps)

    assert examine(b2b.runtime, check) == []


# Many of them begin an hour or a day.
moments = st.builds(
    lambda at, grain: at - at % grain,
    st.integers(1_700_000_000, 1_800_000_000),
    st.sampled_from([1, HOUR, DAY, 31 * DAY]),
)


@given(st.none() | moments, st.none() | moments, moments)
@example(1_798_761_600, None, 1_798_761_600)  # 2027 begins
@example(1_796_083_201, 1_798_761_600, 1_798_761_599)  # December, but for a second
@example(LATEST - HOUR, None, LATEST)
@settings(max_examples=400)
def test_each_moment_of_a_range_counts_in_one_of_its_parts(
    start: int | None, end: int | None, at: int
) -> None:
    assume(start is not None or end is not None)
    values = range_values("created", start, end)

    def counts(part: str, value: object) -> bool:
        return values[f"created_{part}_start"] <= value < values[f"created_{part}_end"]  # type: ignore[operator]

    day = day_of(at)
    told = (
        counts("head", at)
        + counts("days", day)
        + counts("months", month_of(day))
        + counts("last_days", day)
        + counts("tail", at)
    )
    assert told == ((start is None or start <= at) and (end is None or at < end))


def test_the_total_of_a_range_holds_its_months_and_the_days_around_them(
    shop: Workspace, clock: FakeClock
) -> None:
    napkin(shop)
    buyer = customer(shop)
    placed = []
    for _ in range(9):
        placed.append(order(shop, buyer).created_at[:10])
        clock.advance(17 * DAY)

    for first, last in combinations(placed, 2):
        wanted = sum(first <= day <= last for day in placed)
        assert shop.orders.list(created_from=first, created_to=last).total == wanted


def test_an_order_that_is_refused_is_not_tallied(shop: Workspace) -> None:
    napkin(shop)
    buyer = customer(shop)
    order(shop, buyer, external_id="1")

    with pytest.raises(AlreadyExists):
        order(shop, buyer, external_id="1")

    assert shop.orders.list().total == 1


def test_an_order_that_is_undone_after_all_is_not_tallied(b2b: ExpressB2B, shop: Workspace) -> None:
    napkin(shop)
    buyer = customer(shop)

    def work() -> None:
        order(shop, buyer)
        raise LookupError

    with pytest.raises(LookupError):
        b2b.runtime.database.write(work)

    assert shop.orders.list().total == 0


def test_a_stranger_counts_only_what_is_theirs(shop: Workspace, stranger: Workspace) -> None:
    napkin(shop)
    buyer = customer(shop)
    order(shop, buyer)

    assert stranger.orders.list().total == 0
    assert stranger.orders.list(billing_account_id=buyer.account_id).total == 0
    assert stranger.orders.list(created_from="2000-01-01").total == 0
