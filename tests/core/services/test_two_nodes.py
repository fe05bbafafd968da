"""Two nodes on one PostgreSQL, many threads on each: what is promised holds between them."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple, TypeVar

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import (
    Conflict,
    IdempotencyInProgress,
    InUse,
    InvalidTransition,
    ValidationFailed,
)
from expressb2b_core.runtime import SystemClock
from expressb2b_core.services import idempotency
from expressb2b_core.services.administrators import Administrator, Administrators
from expressb2b_core.services.authentication import authenticate_key
from expressb2b_core.services.deliveries import Deliveries
from tests.builders import NAPKIN, customer, napkin, order
from tests.core.services.delivery_builders import buyer, claim, hook, ok, place, refused
from tests.postgres import Server

T = TypeVar("T")


class Nodes(NamedTuple):
    """Two programs that use one database."""

    left: ExpressB2B
    right: ExpressB2B

    def shops(self, times: int) -> Iterator[Workspace]:
        """The workspace `default`, as one and the other see it in turn."""
        return (node.workspace() for node in itertools.islice(itertools.cycle(self), times))


@pytest.fixture
def address(postgres_server: Server) -> str:
    return postgres_server.emptied()


@pytest.fixture
def nodes(address: str) -> Iterator[Nodes]:
    with ExpressB2B(address, secret=b"x") as left, ExpressB2B(address, secret=b"x") as right:
        yield Nodes(left, right)


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """What these return, each in a thread of its own, all started together."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        start.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts, timeout=60))


def test_numbers_and_events_have_no_gaps_and_a_reader_misses_none(nodes: Nodes) -> None:
    shop = nodes.left.workspace()
    napkin(shop)
    midwest = customer(shop)
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        """Go on from the last one seen, as an integrator does, while others write."""
        after, last_turn = 0, False
        while not last_turn:
            last_turn = done.is_set()
            page = nodes.right.workspace().events.list(after=after, per_page=100)
            seen.extend(event.seq for event in page)
            after = page.next_after

    def write(shop: Workspace) -> list[int]:
        return [order(shop, midwest).number for _ in range(5)]

    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(read)
        written = at_once([lambda shop=shop: write(shop) for shop in nodes.shops(16)])
        done.set()
        reading.result(30)

    numbers = sorted(itertools.chain.from_iterable(written))
    assert numbers == list(range(1001, 1081))
    assert seen == list(range(1, 161))


def test_busy_nodes_never_wait_for_each_other_crosswise(
    nodes: Nodes, postgres_server: Server
) -> None:
    """Orders, stock and catalog, all on the same two products: a deadlock would show in the log."""
    shop = nodes.left.workspace()
    other = "TOW-200"
    napkin(shop, inventory={"on_hand": 10_000})
    shop.products.upsert(sku=other, name="Towel", base_price="5.00", inventory={"on_hand": 10_000})
    midwest = customer(shop)
    hook(shop)
    before = postgres_server.log().count("deadlock detected")

    def both_ways(shop: Workspace, index: int) -> None:
        skus = (NAPKIN, other) if index % 2 else (other, NAPKIN)
        for turn in range(6):
            placed = shop.orders.place(
                billing_account_id=midwest.account_id,
                site_id=midwest.site_id,
                items=[{"sku": sku, "qty": 1} for sku in skus],
            )
            shop.inventory.set_levels([{"sku": sku, "delta": 1} for sku in skus])
            shop.products.upsert_many(
                [{"sku": sku, "base_price": f"{turn + 1}.00"} for sku in skus]
            )
            with suppress(InvalidTransition):
                if turn % 2:
                    shop.orders.fulfill(placed.id)
                else:
                    shop.orders.cancel(placed.id, reason="changed our mind")

    at_once([lambda shop=shop, i=i: both_ways(shop, i) for i, shop in enumerate(nodes.shops(12))])

    assert postgres_server.log().count("deadlock detected") == before
    inventory = shop.products.get(NAPKIN).inventory
    assert (inventory["on_hand"], inventory["reserved"]) == (10_000 + 72 - 36, 0)


def test_same_request_at_two_nodes_has_one_effect(nodes: Nodes) -> None:
    shop = nodes.left.workspace()
    napkin(shop)
    midwest = customer(shop)

    def send(node: ExpressB2B) -> bool:
        def work() -> None:
            placed = order(node.workspace(), midwest)
            idempotency.keep(node.runtime, "key", "once", "print", 201, {}, placed.text)

        try:
            node.runtime.database.write(work)
        except IdempotencyInProgress:
            return False
        return True

    had_effect = at_once([lambda node=node: send(node) for node in nodes])

    assert sorted(had_effect) == [False, True]
    assert [placed.number for placed in shop.orders.iterate()] == [1001]


def test_account_imported_at_both_nodes_at_once_is_one(nodes: Nodes) -> None:
    made = at_once(
        [
            lambda shop=shop: shop.accounts.create(name="Midwest", external_id="C-1")
            for shop in nodes.shops(8)
        ]
    )

    assert len({account.id for account in made}) == 1
    assert sum(account.created for account in made) == 1


def test_tier_is_removed_or_used_never_both(nodes: Nodes) -> None:
    left, right = nodes.left.workspace(), nodes.right.workspace()
    for turn in range(10):
        code = f"tier_{turn}"
        left.tiers.put(code, name="Tier")

        def use(code: str = code) -> bool:
            try:
                left.accounts.create(name="Midwest", pricing_tier=code)
            except ValidationFailed:
                return False
            return True

        def remove(code: str = code) -> bool:
            try:
                right.tiers.delete(code)
            except InUse:
                return False
            return True

        used, removed = at_once([use, remove])

        assert used is not removed


def test_key_is_replaced_once_however_many_ask_for_it(nodes: Nodes) -> None:
    key = nodes.left.workspace().keys.create("ERP")

    def rotate(shop: Workspace) -> bool:
        try:
            shop.keys.rotate(key.id)
        except Conflict:
            return False
        return True

    rotated = at_once([lambda shop=shop: rotate(shop) for shop in nodes.shops(4)])

    assert sum(rotated) == 1
    assert len(nodes.left.workspace().keys.list()) == 2


def test_somebody_stays_in_charge(nodes: Nodes) -> None:
    people = [
        Administrators(nodes.left.runtime).create(
            name=name, email=f"{name}@example.com", password="correct horse battery"
        )
        for name in ("ana", "ben")
    ]

    def disable(node: ExpressB2B, person: Administrator) -> bool:
        try:
            Administrators(node.runtime).disable(person.id)
        except Conflict:
            return False
        return True

    pairs = list(zip(nodes, people, strict=True))
    disabled = at_once([lambda node=node, one=one: disable(node, one) for node, one in pairs])

    assert sorted(disabled) == [False, True]


def test_key_revoked_at_one_node_is_refused_by_the_other_at_once(nodes: Nodes) -> None:
    key = nodes.left.workspace().keys.create("ERP")
    assert authenticate_key(nodes.right.runtime, key.key) is not None

    nodes.left.workspace().keys.revoke(key.id)

    assert authenticate_key(nodes.right.runtime, key.key) is None


class TestDeliveries:
    def test_no_delivery_is_claimed_by_two(self, nodes: Nodes) -> None:
        shop = nodes.left.workspace()
        for index in range(6):
            hook(shop, f"endpoint-{index}")
        place(shop, buyer(shop), 10)
        claimed: list[str] = []

        def work(node: ExpressB2B) -> None:
            mine = Deliveries(node.runtime)
            results = [ok(one) for one in claim(mine)]
            while results or Deliveries(node.runtime).turn(lambda waiting: {}).next_due_at_ms:
                claimed.extend(result.claim.delivery_id for result in results)
                turn = mine.turn(lambda waiting: {one.endpoint_id: 1 for one in waiting}, results)
                results = [ok(one) for one in turn.claims]
                if not results and turn.next_due_at_ms is None:
                    return

        at_once([lambda node=node: work(node) for node in nodes])

        assert len(claimed) == len(set(claimed)) == 60

    def test_lease_runs_by_the_databases_clock_whatever_the_nodes_show(
        self, nodes: Nodes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop = nodes.left.workspace()
        hook(shop)
        place(shop, buyer(shop))
        fast = Deliveries(nodes.right.runtime)
        (mine,) = claim(Deliveries(nodes.left.runtime))

        monkeypatch.setattr(SystemClock, "now_ms", lambda self: time.time_ns() // 10**6 + 3_600_000)

        assert claim(fast) == []
        assert mine.delivery_id

    def test_what_is_being_claimed_is_not_waited_for(self, nodes: Nodes) -> None:
        shop = nodes.left.workspace()
        hook(shop)
        place(shop, buyer(shop))
        slow, quick = Deliveries(nodes.left.runtime), Deliveries(nodes.right.runtime)

        def work() -> tuple[int, int]:
            return len(claim(slow)), len(claim_elsewhere())

        def claim_elsewhere() -> list[object]:
            with ThreadPoolExecutor(1) as thread:
                return list(thread.submit(claim, quick).result(3))

        assert nodes.left.runtime.database.write(work) == (1, 0)

    def test_results_of_two_nodes_for_the_same_endpoints_do_not_wait_crosswise(
        self, nodes: Nodes, postgres_server: Server
    ) -> None:
        shop = nodes.left.workspace()
        for index in range(6):
            hook(shop, f"endpoint-{index}")
        place(shop, buyer(shop), 4)
        before = postgres_server.log().count("deadlock detected")

        def work(node: ExpressB2B) -> int:
            mine = Deliveries(node.runtime)
            claims = claim(mine)
            mine.record([refused(one) for one in claims])
            return len(claims)

        counts = at_once([lambda node=node: work(node) for node in nodes])

        assert sum(counts) >= 12
        assert postgres_server.log().count("deadlock detected") == before
