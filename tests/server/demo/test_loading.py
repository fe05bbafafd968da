"""The demo wholesaler: as large, as varied and as old as it says, and made by the services."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from expressb2b_core import Event, ExpressB2B, Workspace
from expressb2b_core.errors import Conflict, NotFound
from expressb2b_core.inputs import moments
from expressb2b_core.rules.order_states import EVENT_OF_ACTION, STATUSES
from expressb2b_core.services.order_documents import Order
from expressb2b_server.demo import DemoSummary, load_demo
from tests.builders import NAPKIN, customer
from tests.clocks import MARCH_15, FakeClock

DAY = 86_400
SECRET = b"a secret for tests"


@dataclass(frozen=True)
class Demo:
    """A loaded workspace, and what was seen while it was loaded."""

    b2b: ExpressB2B
    shop: Workspace
    summary: DemoSummary
    told: list[tuple[str, int, int]]
    heard: list[Event]
    cpu_seconds: float
    commits: int
    orders: list[Order]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Loaded once, into a file; no test changes it."""
    address = f"sqlite:///{tmp_path_factory.mktemp('demo')}/shop.db"
    told: list[tuple[str, int, int]] = []
    heard: list[Event] = []
    with ExpressB2B(address, secret=SECRET, clock=FakeClock()) as b2b:
        b2b.on("*", heard.append)
        commits: list[str] = []
        connection = b2b.runtime.database.peewee.connection()
        connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
        started = time.thread_time()
        summary = load_demo(b2b, progress=lambda *figures: told.append(figures))
        seconds = time.thread_time() - started
        connection.set_trace_callback(None)
        shop = b2b.workspace()
        orders = [shop.orders.get(one.id) for one in shop.orders.iterate(per_page=100)]
        yield Demo(b2b, shop, summary, told, heard, seconds, len(commits), orders)


@pytest.fixture
def empty() -> Iterator[ExpressB2B]:
    with ExpressB2B("sqlite:///:memory:", secret=SECRET, clock=FakeClock()) as b2b:
        yield b2b


def at(text: str | None) -> int:
    assert text is not None
    return moments.parse(text)


def test_it_is_as_large_as_promised(demo: Demo) -> None:
    summary, shop = demo.summary, demo.shop

    assert (summary.accounts, summary.sites, summary.orders) == (12, 40, 500)
    assert summary.products >= 200
    assert summary.products == shop.products.list().total
    assert summary.contacts >= 24
    assert set(summary.orders_by_status) == set(STATUSES)
    assert summary.orders_by_status == Counter(order.status for order in demo.orders)


def test_it_costs_little_work_and_few_waits_for_the_disk(demo: Demo) -> None:
    """What makes it quick, without a wall clock, which tells how busy the machine is."""
    assert demo.cpu_seconds < 5
    assert 20 < demo.commits < 120


def test_the_newest_order_is_the_sample_of_the_product_page(demo: Demo) -> None:
    newest = demo.orders[0]

    assert newest.id == demo.summary.sample_order_id
    assert newest.status == "pending_approval"
    assert newest.billing_account["name"] == "Midwest Restaurant Group"
    assert newest.billing_account["pricing_tier"] == "volume_b"
    assert newest.site["name"] == "Chicago — Loop"
    assert newest.items == [
        {
            "line": 1,
            "sku": NAPKIN,
            "name": "Linen napkin, white, 200 pcs",
            "qty": 4,
            "unit_price": "38.50",
            "line_total": "154.00",
            "price": {"source": "account", "tier": None, "min_qty": 1, "base_price": "41.00"},
        }
    ]
    assert (newest.subtotal, newest.total) == ("154.00", "154.00")
    assert newest.created_at == "2026-03-15T14:32:07Z"
    assert newest.approval["blocked"] is False


def test_the_sample_account_and_product_have_the_figures_of_the_page(demo: Demo) -> None:
    (midwest,) = demo.shop.accounts.list(q="Midwest Restaurant Group")
    product = demo.shop.products.get(NAPKIN)

    prices = {row["tier"] or row["billing_account_id"]: row["price"] for row in product.pricing}
    assert midwest.sites_count == 7
    assert product.base_price == "41.00"
    assert (prices["volume_b"], prices[midwest.id]) == ("34.00", "38.50")


def test_orders_are_spread_over_the_year_that_ends_now(demo: Demo) -> None:
    ages = [(MARCH_15 - at(order.created_at)) // DAY for order in demo.orders]

    assert 330 <= max(ages) <= 366
    assert all(any(30 * n <= age < 30 * (n + 1) for age in ages) for n in range(12))
    assert [order.number for order in demo.orders] == list(range(1500, 1000, -1))


def test_every_event_was_recorded_at_its_time_and_nobody_was_called_back(demo: Demo) -> None:
    events = list(demo.shop.events.iterate(per_page=100))

    times = [at(event.created_at) for event in events]
    assert times == sorted(times)
    assert times[-1] == MARCH_15
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert demo.heard == []


def test_histories_are_those_of_orders_that_people_decided(demo: Demo) -> None:
    actions = Counter(
        (entry["action"], entry["level"], actor(entry)["type"])
        for order in demo.orders
        for entry in order.approval_history
    )

    assert actions[("placed", None, "contact")] > 300
    for seldom in (
        ("approved", 1, "contact"),
        ("approved", 2, "contact"),
        ("approved", None, "system"),
        ("rejected", 1, "contact"),
        ("cancelled", None, "contact"),
        ("cancelled", None, "system"),
        ("auto_approved", None, "system"),
        ("fulfilled", None, "system"),
    ):
        assert actions[seldom] >= 3, seldom


def test_each_order_has_the_events_of_its_history(demo: Demo) -> None:
    recorded: dict[str, list[str]] = {}
    for event in demo.shop.events.iterate(per_page=100):
        recorded.setdefault(event.data["order_id"], []).append(event.event)

    for order in demo.orders:
        moments_of = [name for name in STATUSES[1:] if order[f"{name}_at"] is not None]
        found = {name.removeprefix("order.") for name in recorded[order.id]}
        assert found == {"placed", *moments_of}
        entries = [at(str(entry["at"])) for entry in order.approval_history]
        assert entries == sorted(entries)
        assert set(recorded[order.id]) <= set(EVENT_OF_ACTION.values())


def test_some_orders_wait_for_somebody_and_some_for_nobody(demo: Demo) -> None:
    waiting = [order for order in demo.orders if order.status == "pending_approval"]

    blocked = [order for order in waiting if order.approval["blocked"]]
    assert len(waiting) >= 8
    assert 0 < len(blocked) < len(waiting)


def test_the_catalog_shows_everything_that_prices_can_do(demo: Demo) -> None:
    products = list(demo.shop.products.iterate(per_page=100))
    rows = [row for product in products for row in product.pricing]

    assert {row["tier"] for row in rows} == {None, "volume_a", "volume_b", "volume_c"}
    assert sum(row["min_qty"] != 1 for row in rows) > 200
    assert len({row["billing_account_id"] for row in rows} - {None}) == 12
    assert any(at(str(row["valid_from"])) > MARCH_15 for row in rows if row["valid_from"])
    assert sum(product.multiple > 1 for product in products) > 20
    assert sum(product.min_qty > 1 for product in products) > 20
    assert sum(not product.active for product in products) == 4
    assert {order["items"][0]["price"]["source"] for order in demo.orders} == {
        "account",
        "tier",
        "base",
    }


def test_some_shelves_are_low_and_some_are_empty(demo: Demo) -> None:
    stock = [product.inventory for product in demo.shop.products.iterate(per_page=100)]
    available: list[Any] = [one["available"] for one in stock if one["tracked"]]

    assert len(available) > 100
    assert min(available) == 0
    assert sum(0 < units <= 15 for units in available) >= 5
    assert sum(units > 100 for units in available) > 50


def test_past_orders_prove_the_prices_of_their_time(demo: Demo) -> None:
    for order in (demo.orders[3], demo.orders[-1]):
        proof = demo.shop.orders.pricing(order.id)
        assert [line["unit_price"] for line in proof["items"]] == [
            line["unit_price"] for line in order.items
        ]
    (lone_star,) = demo.shop.accounts.list(q="Lone Star")
    ask = {"billing_account_id": lone_star.id, "qty": 4}
    past = demo.shop.products.price(NAPKIN, **ask, at=moments.text(MARCH_15 - 200 * DAY))
    assert past.unit_price < demo.shop.products.price(NAPKIN, **ask).unit_price == "34.00"


def test_progress_is_told_and_ends_with_everything(demo: Demo) -> None:
    stages = list(dict.fromkeys(stage for stage, _, _ in demo.told))
    orders = [done for stage, done, _ in demo.told if stage == "orders"]

    assert stages == ["customers", "products", "orders"]
    assert orders == sorted(orders)
    assert len(orders) > 10
    assert demo.told[-1] == ("orders", 500, 500)


def test_the_same_clock_makes_the_same_wholesaler(demo: Demo, empty: ExpressB2B) -> None:
    load_demo(empty)

    shop = empty.workspace()
    again = [shop.orders.get(one.id) for one in shop.orders.iterate(per_page=100)]
    assert [without_ids(one) for one in again] == [without_ids(one) for one in demo.orders]


def test_a_workspace_that_is_not_empty_is_refused_and_stays_as_it_is(demo: Demo) -> None:
    with pytest.raises(Conflict, match=r"not empty \(211 products, 3 pricing tiers, 12 billing"):
        load_demo(demo.b2b)

    assert demo.shop.orders.list().total == 500
    assert demo.shop.products.list().total == demo.summary.products


def test_a_workspace_with_a_webhook_or_an_account_alone_is_not_empty(empty: ExpressB2B) -> None:
    empty.create_workspace("hooked").webhooks.register(
        url="https://erp.example.com/hooks", events=["*"]
    )
    customer(empty.create_workspace("begun"))

    with pytest.raises(Conflict, match="1 webhook endpoints"):
        load_demo(empty, workspace="hooked")
    with pytest.raises(Conflict, match="1 billing accounts"):
        load_demo(empty, workspace="begun")
    with pytest.raises(NotFound):
        load_demo(empty, workspace="nobody")

    assert empty.workspace("hooked").tiers.list().total == 0


def actor(entry: dict[str, object]) -> dict[str, str]:
    found = entry["actor"]
    assert isinstance(found, dict)
    return found


def without_ids(order: Order) -> dict[str, object]:
    fields = order.to_dict()
    fields["people"] = [actor(entry)["name"] for entry in fields["approval_history"]]
    for name in ("billing_account", "site"):
        fields[name] = fields[name]["name"]
    for entry in fields["approval_history"]:
        del entry["actor"]
    return {name: value for name, value in fields.items() if name not in ("id", "placed_by")}
