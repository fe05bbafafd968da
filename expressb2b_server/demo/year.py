"""A year of orders, planned in advance: who orders what and when, and what follows when.

What comes of it is decided by the services; `desk` asks them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from expressb2b_core.inputs.orders import Charge, NewOrder, OrderItem
from expressb2b_server.demo.accounts import KnownCustomer
from expressb2b_server.demo.assortment import Article
from expressb2b_server.demo.chance import Chance
from expressb2b_server.demo.desk import Desk, Story
from expressb2b_server.demo.working_hours import DAY, HOUR, WEEK, next_open, open_before

ORDERS = 499
"""With the order of the product page they are 500."""

_RECENT = 90
_RECENT_DAYS = 7
_YEAR_DAYS = 357
_FAVOURITES = 45
_LARGEST_ORDER = 9
_MOST_LEVELS = 3

_NOTES = ("Leave at the back door.", "Deliver before 10 am.", "Call the kitchen on arrival.")


class Step(NamedTuple):
    """Something to do at a moment (epoch seconds); `orders` counts the orders it places."""

    at: int
    act: Callable[[], None]
    orders: int = 0


def plan(
    desk: Desk, customers: Sequence[KnownCustomer], assortment: Sequence[Article], now: int
) -> list[Step]:
    """Every step of the year that ends `now`, in the order of time."""
    favourites = [
        Chance("favourites", index).sample(assortment, _FAVOURITES)
        for index in range(len(customers))
    ]
    found: list[Step] = []
    for number in range(ORDERS):
        chance = Chance("story", number)
        # The first customers are the largest.
        index = min(chance.below(len(customers)), chance.below(len(customers) + 3))
        new = _new_order(number, customers[index], favourites[index])
        story = Story(number, customers[index], new)
        found += _steps(desk, story, _placed_at(number, now, chance), chance)
    return sorted((step for step in found if step.at < now), key=lambda step: step.at)


def _placed_at(number: int, now: int, chance: Chance) -> int:
    days = _RECENT_DAYS if number < _RECENT else _YEAR_DAYS
    at = open_before(now - chance.below(days * DAY), chance)
    return at if at < now else at - WEEK


def _steps(desk: Desk, story: Story, at: int, chance: Chance) -> Iterator[Step]:
    """In a hundred orders 6 are cancelled early, 8 rejected, 5 cancelled late, the rest shipped."""
    yield Step(at, partial(desk.place, story), orders=1)
    end = chance.below(100)
    if end < 6:
        at = next_open(at + chance.between(1, 20) * HOUR, chance)
        yield Step(at, partial(desk.cancel, story))
        return
    for round_number in range(_MOST_LEVELS):
        at = next_open(at + chance.between(2, 48) * HOUR, chance)
        decide = desk.reject if end < 14 and round_number == 0 else desk.approve
        yield Step(at, partial(decide, story))
    at = next_open(at + chance.between(6, 80) * HOUR, chance)
    yield Step(at, partial(desk.cancel if 14 <= end < 19 else desk.fulfill, story))


def _new_order(number: int, customer: KnownCustomer, favourites: Sequence[Article]) -> NewOrder:
    chance = Chance("order", number)
    site_id = chance.pick(customer.site_ids)
    items = _items(favourites, chance)
    new: NewOrder = {
        "billing_account_id": customer.account_id,
        "site_id": site_id,
        "items": items,
        "charges": list(_charges(len(items), chance)),
        "metadata": {"channel": chance.pick(("web", "web", "edi", "phone"))},
    }
    if chance.percent(85):
        new["placed_by"] = chance.pick(customer.buyers_for(site_id))
    if chance.percent(70):
        new["po_number"] = f"PO-{7000 + number}"
    if chance.percent(50):
        new["external_id"] = f"ERP-{20_000 + number}"
    if chance.percent(10):
        new["note"] = chance.pick(_NOTES)
    return new


def _items(favourites: Sequence[Article], chance: Chance) -> list[OrderItem]:
    lines = chance.between(1, chance.between(2, _LARGEST_ORDER))
    return [
        {"sku": article.sku, "qty": article.smallest_qty + _steps_above(chance) * article.multiple}
        for article in chance.sample(favourites, lines)
    ]


def _steps_above(chance: Chance) -> int:
    """Mostly a few units more than the fewest, now and then a pallet."""
    return chance.between(10, 60) if chance.percent(5) else chance.between(0, 9)


def _charges(lines: int, chance: Chance) -> Iterator[Charge]:
    if chance.percent(45):
        yield {"kind": "shipping", "label": "Freight", "amount": chance.pick(("12", "18", "35"))}
    if chance.percent(8):
        yield {"kind": "fee", "label": "Pallet deposit", "amount": "15"}
    if lines > 2 and chance.percent(10):
        yield {"kind": "discount", "label": "Loyalty bonus", "amount": "-5"}
