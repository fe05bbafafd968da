from __future__ import annotations

from expressb2b_core import Workspace
from expressb2b_core.services import overview
from expressb2b_core.services.overview import LowStock
from tests.builders import NAPKIN, customer, napkin, order
from tests.clocks import FakeClock

LEVEL = {"name": "manager", "min_total": "100.00"}
DAY = 86_400


def test_empty_workspace_needs_nobody(shop: Workspace) -> None:
    found = overview.read(shop.scope)

    assert found.waiting == (0, None)
    assert (found.endpoints, found.keys, found.low_stock) == ([], [], [])
    assert [day.orders for day in found.days] == [0] * 30
    assert found.total == "0.00"


def test_waiting_orders_are_counted_with_the_oldest(shop: Workspace, clock: FakeClock) -> None:
    napkin(shop)
    of = customer(shop, LEVEL)
    order(shop, of)
    clock.advance(DAY)
    order(shop, of)

    assert overview.read(shop.scope).waiting == (2, "2026-03-15T14:32:07Z")
    assert overview.waiting_count(shop.scope) == 2


def test_orders_are_summed_by_day_without_those_that_came_to_nothing(
    shop: Workspace, clock: FakeClock
) -> None:
    napkin(shop)
    of = customer(shop)
    order(shop, of)
    clock.advance(29 * DAY)
    order(shop, of, qty=1)
    order(shop, of, qty=1)
    shop.orders.cancel(order(shop, of).id, reason="Ordered twice")

    found = overview.read(shop.scope)

    assert (found.days[0].orders, found.days[0].total) == (1, "164.00")
    assert (found.days[-1].orders, found.days[-1].total) == (2, "82.00")
    assert found.total == "246.00"
    assert found.days[-1].starts_at == 1_776_038_400  # 13 April


def test_large_orders_are_summed_as_well(shop: Workspace) -> None:
    napkin(shop, base_price="1234567890.00")
    of = customer(shop)
    for _ in range(2):
        order(shop, of, qty=1000)

    assert overview.read(shop.scope).total == "2469135780000.00"


def test_orders_before_the_thirty_days_are_left_out(shop: Workspace, clock: FakeClock) -> None:
    napkin(shop)
    order(shop, customer(shop))
    clock.advance(30 * DAY)

    assert overview.read(shop.scope).total == "0.00"


def test_keys_that_end_within_two_weeks_are_named(shop: Workspace) -> None:
    soon = shop.keys.create("soon", expires_in_seconds=14 * DAY)
    shop.keys.create("later", expires_in_seconds=14 * DAY + 1)
    shop.keys.create("never")
    shop.keys.revoke(shop.keys.create("gone", expires_in_seconds=DAY).id)

    assert [key.id for key in overview.read(shop.scope).keys] == [soon.id]


def test_stock_is_low_when_it_lasts_less_than_a_week_or_for_no_order(shop: Workspace) -> None:
    napkin(shop, min_qty=4, inventory={"on_hand": 40})
    shop.products.upsert(sku="FEW", name="Few", min_qty=5, inventory={"on_hand": 4})
    shop.products.upsert(sku="ENOUGH", name="Enough", inventory={"on_hand": 1})
    shop.products.upsert(sku="UNTRACKED", name="Untracked")
    shop.products.upsert(sku="OLD", name="Old", active=False, inventory={"on_hand": 0})
    order(shop, customer(shop), qty=36)

    assert overview.low_stock(shop.scope) == [
        LowStock(NAPKIN, "Linen napkin, white, 200 pcs", 4, 36),
        LowStock("FEW", "Few", 4, 0),
    ]


def test_paused_endpoint_needs_nobody(shop: Workspace) -> None:
    endpoint = shop.webhooks.register(url="https://erp.example.com/hooks", events=["*"])
    shop.webhooks.update(endpoint.id, status="disabled")

    assert overview.read(shop.scope).endpoints == []


def test_stranger_sees_nothing_of_it(shop: Workspace, stranger: Workspace) -> None:
    napkin(shop, inventory={"on_hand": 4})
    order(shop, customer(shop, LEVEL))
    shop.keys.create("soon", expires_in_seconds=DAY)

    found = overview.read(stranger.scope)

    assert found.waiting.orders == 0
    assert (found.keys, found.low_stock, found.total) == ([], [], "0.00")
