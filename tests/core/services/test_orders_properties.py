"""What holds for every order, whatever is asked: walks of lists, prices, totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressb2b_core import ExpressB2B, money
from expressb2b_core.errors import ValidationFailed
from expressb2b_core.inputs.moments import optional_text
from expressb2b_core.rules import pricing
from tests.builders import NAPKIN, Customer, customer, napkin, new_shop, order
from tests.clocks import FakeClock

DAY = 86_400

# Walking a list while it changes


class Turn(NamedTuple):
    """What happens between two pages, and how long the next page is."""

    per_page: int
    placed_after: list[int]
    """Seconds before each order that is inserted."""
    changed: list[int]
    """Which of the orders are changed, each after a second or none."""


class Walk(NamedTuple):
    """What a walk by cursor showed (number and revision), and which orders were changed."""

    shown: list[tuple[int, int]]
    changed: set[int]

    @property
    def times(self) -> Counter[int]:
        return Counter(number for number, _ in self.shown)


seconds_apart = st.lists(st.integers(0, 2), min_size=1, max_size=20)
turns = st.lists(
    st.builds(
        Turn,
        per_page=st.integers(1, 6),
        placed_after=st.lists(st.integers(0, 2), max_size=2),
        changed=st.lists(st.integers(0, 40), max_size=3),
    ),
    min_size=1,
    max_size=10,
)


class Bookshelf:
    """Orders of one account that all wait for approval, so that each can be changed twice."""

    def __init__(self, b2b: ExpressB2B, clock: FakeClock) -> None:
        self._shop = new_shop(b2b)
        self._clock = clock
        napkin(self._shop)
        self._customer = customer(self._shop, {"name": "manager"})
        self._ids: dict[int, str] = {}

    def place(self, after_seconds: Sequence[int]) -> list[int]:
        numbers = []
        for seconds in after_seconds:
            self._clock.advance(seconds)
            placed = order(self._shop, self._customer)
            self._ids[placed.number] = placed.id
            numbers.append(placed.number)
        return numbers

    def change(self, choice: int) -> set[int]:
        """Approve or fulfill one of the orders; the number, if it changed."""
        number = sorted(self._ids)[choice % len(self._ids)]
        found = self._shop.orders.get(self._ids[number])
        self._clock.advance(choice % 2)
        if found.status == "pending_approval":
            self._shop.approvals.approve(found.id)
        elif found.status == "approved":
            self._shop.orders.fulfill(found.id)
        else:
            return set()
        return {number}

    def walk(self, sort: str, planned: Sequence[Turn]) -> Walk:
        ahead = iter(planned)
        page = self._shop.orders.list(sort=sort, per_page=planned[0].per_page)
        walk = Walk([(one.number, one.revision) for one in page], set())
        while page.next_cursor is not None:
            turn = next(ahead, Turn(7, [], []))
            self.place(turn.placed_after)
            for choice in turn.changed:
                walk.changed.update(self.change(choice))
            page = self._shop.orders.list(
                sort=sort, per_page=turn.per_page, cursor=page.next_cursor
            )
            walk.shown.extend((one.number, one.revision) for one in page)
        return walk

    def revisions(self) -> dict[int, int]:
        return {one.number: one.revision for one in self._shop.orders.iterate(per_page=100)}


@given(seconds_apart, turns, st.sampled_from(["created_at", "-created_at"]))
@settings(max_examples=40)
def test_a_walk_shows_every_order_that_existed_throughout_exactly_once(
    b2b: ExpressB2B, clock: FakeClock, apart: list[int], planned: list[Turn], sort: str
) -> None:
    shelf = Bookshelf(b2b, clock)
    throughout = shelf.place(apart)

    walk = shelf.walk(sort, planned)

    assert all(walk.times[number] == 1 for number in throughout)
    assert max(walk.times.values()) == 1
    numbers = [number for number, _ in walk.shown]
    assert numbers == sorted(numbers, reverse=sort.startswith("-"))


@given(seconds_apart, turns, st.sampled_from(["updated_at", "-updated_at"]))
@settings(max_examples=40)
def test_a_walk_by_update_loses_no_order_and_shows_changed_ones_as_they_became(
    b2b: ExpressB2B, clock: FakeClock, apart: list[int], planned: list[Turn], sort: str
) -> None:
    """Newest first as well, though what changes moves to the front, behind the reader's back."""
    shelf = Bookshelf(b2b, clock)
    throughout = shelf.place(apart)

    walk = shelf.walk(sort, planned)

    last_shown = dict(walk.shown)
    assert set(throughout) <= set(last_shown)
    assert last_shown.items() <= shelf.revisions().items()
    assert all(walk.times[number] == 1 for number in set(throughout) - walk.changed)


# Prices and totals

OWN_TIER, OTHER_TIER = "own", "other"
NOBODYS_PRICE = 1
"""Of the other account; no order may ever show it."""


class Offer(NamedTuple):
    """A price row as a request sends it; the window is in days from now."""

    source: str
    price: int
    min_qty: int
    starts: int | None
    lasts: int | None

    @property
    def key(self) -> tuple[str, int, int | None]:
        return self.source, self.min_qty, self.starts

    def window(self, now: int) -> tuple[int | None, int | None]:
        starts = None if self.starts is None else now + self.starts * DAY
        if self.lasts is None:
            return starts, None
        return starts, now + ((-30 if self.starts is None else self.starts) + self.lasts) * DAY


offers = st.lists(
    st.builds(
        Offer,
        source=st.sampled_from(["account", "tier", "other tier"]),
        price=st.integers(2, 5_000_000),
        min_qty=st.sampled_from([1, 5, 12]),
        starts=st.sampled_from([None, -20, -5, 0, 5]),
        lasts=st.sampled_from([None, 3, 5, 30, 60]),
    ),
    max_size=9,
    unique_by=lambda offer: offer.key,
)


@given(base=st.none() | st.integers(2, 5_000_000), offered=offers, qty=st.integers(1, 15))
@settings(max_examples=50)
def test_an_order_has_the_price_that_the_rule_chooses_and_proves_it(
    b2b: ExpressB2B, clock: FakeClock, base: int | None, offered: list[Offer], qty: int
) -> None:
    shop, now = new_shop(b2b), clock.now()
    for tier in (OWN_TIER, OTHER_TIER):
        shop.tiers.put(tier, name=tier)
    midwest = customer(shop, pricing_tier=OWN_TIER)
    other = customer(shop, name="Other")
    shop.products.upsert(**product(base, offered, midwest, other, now))

    expected = pricing.choose(price_rows(base, offered, midwest, now), qty, now)

    if expected.winner is None:
        with pytest.raises(ValidationFailed) as caught:
            order(shop, midwest, qty=qty)
        assert [problem.code for problem in caught.value.errors] == ["no_price"]
        return
    placed = order(shop, midwest, qty=qty)
    (line,) = placed.items
    (proof,) = shop.orders.pricing(placed.id)["items"]
    assert line["unit_price"] == money.unit_price_text(expected.winner.price)
    assert proof["unit_price"] == line["unit_price"]
    assert proof["price"] == line["price"]
    assert proof["candidates"] == [candidate_fields(one) for one in expected.candidates]


def product(
    base: int | None, offered: Sequence[Offer], midwest: Customer, other: Customer, now: int
) -> dict[str, Any]:
    owners = {
        "account": {"billing_account_id": midwest.account_id},
        "tier": {"tier": OWN_TIER},
        "other tier": {"tier": OTHER_TIER},
    }
    rows = [
        owners[offer.source]
        | {
            "price": money.unit_price_text(offer.price),
            "min_qty": offer.min_qty,
            "valid_from": optional_text(offer.window(now)[0]),
            "valid_to": optional_text(offer.window(now)[1]),
        }
        for offer in offered
    ]
    rows.append(
        {
            "billing_account_id": other.account_id,
            "price": money.unit_price_text(NOBODYS_PRICE),
        }
    )
    base_price = None if base is None else money.unit_price_text(base)
    return {"sku": NAPKIN, "name": "Napkin", "base_price": base_price, "pricing": rows}


def price_rows(
    base: int | None, offered: Sequence[Offer], midwest: Customer, now: int
) -> list[pricing.PriceRow]:
    """The rows that concern this account; no two have the same rank, so ids decide nothing."""
    rows = [] if base is None else [pricing.PriceRow(0, None, None, base, 1, None, None)]
    for number, offer in enumerate(offered, start=1):
        if offer.source == "other tier":
            continue
        own = offer.source == "account"
        rows.append(
            pricing.PriceRow(
                number,
                None if own else OWN_TIER,
                midwest.account_id if own else None,
                offer.price,
                offer.min_qty,
                *offer.window(now),
            )
        )
    return rows


def candidate_fields(one: pricing.Candidate) -> dict[str, object]:
    return {
        "source": one.source,
        "tier": one.row.tier,
        "billing_account_id": one.row.billing_account_id,
        "price": money.unit_price_text(one.row.price),
        "min_qty": one.row.min_qty,
        "valid_from": optional_text(one.row.valid_from),
        "valid_to": optional_text(one.row.valid_to),
        "verdict": one.verdict,
    }


@given(
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
    lines=st.lists(
        st.tuples(st.integers(0, 99_999_999), st.integers(1, 100_000)), min_size=1, max_size=6
    ),
    charged=st.lists(st.integers(-50_000, 50_000), max_size=3),
)
@settings(max_examples=50)
def test_totals_are_what_the_lines_and_charges_add_up_to(
    b2b: ExpressB2B, currency: str, lines: list[tuple[int, int]], charged: list[int]
) -> None:
    shop = new_shop(b2b, currency)
    midwest = customer(shop)
    smallest = Decimal(1).scaleb(-money.currency_decimals(currency))
    prices = [Decimal(price).scaleb(-4) for price, _ in lines]
    shop.products.upsert_many(
        [
            {"sku": f"P{index}", "name": "x", "base_price": price}
            for index, price in enumerate(prices)
        ]
    )
    asked = {
        "billing_account_id": midwest.account_id,
        "site_id": midwest.site_id,
        "items": [{"sku": f"P{index}", "qty": qty} for index, (_, qty) in enumerate(lines)],
        "charges": [charge(amount * smallest) for amount in charged],
    }
    expected = [
        (price * qty).quantize(smallest, ROUND_HALF_UP)
        for price, (_, qty) in zip(prices, lines, strict=True)
    ]
    total = sum(expected, Decimal(0)) + sum(charged) * smallest

    if total < 0:
        with pytest.raises(ValidationFailed) as caught:
            shop.orders.place(**asked)
        assert [problem.pointer for problem in caught.value.errors] == ["/charges"]
        return
    quote, placed = shop.orders.quote(**asked), shop.orders.place(**asked)
    assert [line["line_total"] for line in placed.items] == [str(amount) for amount in expected]
    assert placed.subtotal == str(sum(expected, 0 * smallest))
    assert placed.total == str(total.quantize(smallest))
    for name in ("subtotal", "charges", "total", "currency"):
        assert quote[name] == placed[name]


def charge(amount: Decimal) -> dict[str, object]:
    kind = "discount" if amount <= 0 else "fee"
    return {"kind": kind, "label": "x", "amount": amount}
