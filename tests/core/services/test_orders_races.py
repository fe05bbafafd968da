"""Many threads on the same orders and the same stock: nothing oversold, no impossible history."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import InvalidTransition, NotAnApprover, ValidationFailed
from expressb2b_core.rules import order_states
from expressb2b_core.services.order_documents import Order
from tests.builders import NAPKIN, Customer, customer, napkin, new_shop, order, person

T = TypeVar("T")


@pytest.fixture(params=["file", "postgresql"])
def busy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ExpressB2B]:
    """A database that many threads use, with the real clock."""
    address = f"sqlite:///{tmp_path}/a.db"
    if request.param == "postgresql":
        address = request.getfixturevalue("postgres_server").emptied()
    with ExpressB2B(address, secret=b"a secret for tests") as opened:
        yield opened


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """What these return, each in a thread of its own, all started together."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        start.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts, timeout=60))


# Stock under many threads

STOCK_THREADS = 16


class Taken(NamedTuple):
    """What one thread got: the units it still holds, and whether it was ever refused."""

    held: int
    refused: bool


@given(
    on_hand=st.integers(0, 90),
    wanted=st.lists(st.integers(1, 7), min_size=2 * STOCK_THREADS, max_size=3 * STOCK_THREADS),
)
@settings(max_examples=8)
def test_stock_is_never_oversold_by_sixteen_threads(
    busy: ExpressB2B, on_hand: int, wanted: list[int]
) -> None:
    shop = new_shop(busy)
    napkin(shop, inventory={"on_hand": on_hand})
    midwest = customer(shop)

    taken = at_once(
        [
            lambda mine=wanted[index::STOCK_THREADS]: take(shop, midwest, mine)
            for index in range(STOCK_THREADS)
        ]
    )

    held = sum(one.held for one in taken)
    assert held <= on_hand
    assert shop.products.get(NAPKIN).inventory == {
        "tracked": True,
        "on_hand": on_hand,
        "reserved": held,
        "available": on_hand - held,
        "allow_backorder": False,
    }
    if sum(wanted) <= on_hand:
        assert not any(one.refused for one in taken)


def take(shop: Workspace, midwest: Customer, wanted: Sequence[int]) -> Taken:
    """Order each of these quantities; every second order that succeeds is cancelled."""
    held, refused = 0, False
    for turn, qty in enumerate(wanted):
        try:
            placed = order(shop, midwest, qty=qty)
        except ValidationFailed as error:
            (problem,) = error.errors
            available = problem.figures["available"]
            assert problem.code == "insufficient_stock"
            assert isinstance(available, int)
            assert 0 <= available < qty
            refused = True
            continue
        assert shop.products.get(NAPKIN)["inventory"]["available"] >= 0
        if turn % 2:
            shop.orders.cancel(placed.id, reason="too many")
        else:
            held += qty
    return Taken(held, refused)


# Transitions under many threads

RACERS = 8
ON_HAND = 1000
REQUIRED = 2
VERB = {"approved": "approve", "rejected": "reject", "fulfilled": "fulfill", "cancelled": "cancel"}
FINISHED = {"rejected", "fulfilled", "cancelled"}

moves = st.tuples(
    st.integers(0, 2),
    st.sampled_from(["approve", "approve as Ana", "approve as Ben", "reject", "fulfill", "cancel"]),
)


class Race:
    """Three orders that need two approvals, and what threads may try with them."""

    def __init__(self, b2b: ExpressB2B) -> None:
        self.shop = new_shop(b2b)
        napkin(self.shop, inventory={"on_hand": ON_HAND})
        midwest = customer(self.shop, {"name": "two", "required": REQUIRED})
        self._people = {name: person(self.shop, midwest, name) for name in ("Ana", "Ben")}
        self._ids = [order(self.shop, midwest).id for _ in range(3)]

    def run(self, tried: Sequence[tuple[int, str]]) -> int:
        """Try these one after the other; how many were accepted."""
        return sum(self._accepts(self._ids[which], action) for which, action in tried)

    def _accepts(self, order_id: str, action: str) -> bool:
        verb, _, name = action.partition(" as ")
        try:
            if verb == "approve":
                self.shop.approvals.approve(order_id, approver_id=self._people.get(name))
            elif verb == "reject":
                self.shop.approvals.reject(order_id, reason="no")
            elif verb == "fulfill":
                self.shop.orders.fulfill(order_id)
            else:
                self.shop.orders.cancel(order_id, reason="no")
        except (InvalidTransition, NotAnApprover):
            return False
        return True

    def orders(self) -> list[Order]:
        return [self.shop.orders.get(order_id) for order_id in self._ids]

    def events_of(self, order_id: str) -> list[str]:
        found = self.shop.events.iterate(per_page=100)
        return [event.event for event in found if event.data["order_id"] == order_id]


@given(st.lists(st.lists(moves, min_size=1, max_size=4), min_size=RACERS, max_size=RACERS))
@settings(max_examples=8)
def test_of_racing_changes_those_are_accepted_that_make_a_possible_history(
    busy: ExpressB2B, tried: list[list[tuple[int, str]]]
) -> None:
    race = Race(busy)

    accepted = sum(at_once([lambda mine=mine: race.run(mine) for mine in tried]))

    raced = race.orders()
    assert accepted == sum(len(one.approval_history) - 1 for one in raced)
    for one in raced:
        statuses = statuses_of(one)
        assert statuses[-1] == one.status
        assert one.revision == len(one.approval_history)
        assert race.events_of(one.id) == ["order.placed", *transitions(statuses)]
        assert {name for name in VERB if one[f"{name}_at"] is not None} == set(statuses[1:]) - {
            "pending_approval"
        }


@given(st.lists(st.lists(moves, min_size=1, max_size=3), min_size=RACERS, max_size=RACERS))
@settings(max_examples=8)
def test_every_order_of_a_race_ends_exactly_once_and_its_stock_with_it(
    busy: ExpressB2B, tried: list[list[tuple[int, str]]]
) -> None:
    race = Race(busy)
    at_once([lambda mine=mine: race.run(mine) for mine in tried])

    at_once([lambda: race.run([(which, "cancel") for which in range(3)]) for _ in range(RACERS)])

    raced = race.orders()
    for one in raced:
        ends = [entry for entry in one.approval_history if entry["action"] in FINISHED]
        assert ends == one.approval_history[-1:]
        finishing = [name.removeprefix("order.") for name in race.events_of(one.id)]
        assert [name for name in finishing if name in FINISHED] == [one.status]
    shipped = sum(4 for one in raced if one.status == "fulfilled")
    inventory = race.shop.products.get(NAPKIN).inventory
    assert (inventory["on_hand"], inventory["reserved"]) == (ON_HAND - shipped, 0)


def statuses_of(one: Order) -> list[str]:
    """The status before and after each line of the history; every step must be possible."""
    statuses, approvals = ["pending_approval"], 0
    for entry in one.approval_history[1:]:
        verb = VERB[str(entry["action"])]
        actor = entry["actor"]
        assert isinstance(actor, dict)
        if verb == "approve":
            approvals += 1 if actor["type"] == "contact" else REQUIRED
        more = verb == "approve" and approvals < REQUIRED
        reached = order_states.next_status(statuses[-1], verb, more_approvals_needed=more)
        assert reached is not None, (statuses, verb)
        statuses.append(reached)
    return statuses


def transitions(statuses: Sequence[str]) -> list[str]:
    pairs = itertools.pairwise(statuses)
    return [f"order.{after}" for before, after in pairs if after != before]
