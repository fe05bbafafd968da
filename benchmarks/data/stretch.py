"""A stretch of orders, placed and partly decided through the services; alike every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.data.shop import Customer, Shop
from benchmarks.data.world import World
from expressb2b_core import Workspace
from expressb2b_core.services.order_documents import Order
from expressb2b_server.demo.chance import Chance

SECONDS_BETWEEN_ORDERS = 60
LINES = 3
_LONGEST_WAIT_SECONDS = 4 * 3600
_DECIDED_PERCENT = 40
_REJECTED_PERCENT = 12
_LEFT_PERCENT = 60
_CANCELLED_PERCENT = 8
_STEPS_TOGETHER = 100


@dataclass(frozen=True)
class Step:
    """Something that somebody does at this time."""

    at: int
    act: Callable[[], object]


def live_through(workspace: Workspace, shop: Shop, world: World, orders: int) -> None:
    """Let so many orders be placed from now on, one a minute, and move the clock behind them.

    Of those that need approval, some are decided within hours, and some of those leave.
    """
    start = world.seconds
    end = start + orders * SECONDS_BETWEEN_ORDERS
    steps = sorted(
        (step for number in range(orders) for step in _life(workspace, shop, start, end, number)),
        key=lambda step: step.at,
    )
    for first in range(0, len(steps), _STEPS_TOGETHER):
        part = steps[first : first + _STEPS_TOGETHER]
        workspace.scope.runtime.database.write(partial(_do, world, part))
    world.seconds = end


def _do(world: World, steps: list[Step]) -> None:
    for step in steps:
        world.seconds = step.at
        step.act()


def _life(workspace: Workspace, shop: Shop, start: int, end: int, number: int) -> list[Step]:
    """What happens to the order of this number, from its placing on."""
    chance = Chance("order", number)
    customer = chance.pick(shop.customers)
    placed: list[Order] = []
    placed_at = start + number * SECONDS_BETWEEN_ORDERS
    steps = [Step(placed_at, lambda: placed.append(_place(workspace, shop, customer, number)))]

    def later(act: Callable[[str], object]) -> None:
        at = steps[-1].at + chance.between(60, _LONGEST_WAIT_SECONDS)
        steps.append(Step(min(at, end - 1), lambda: act(placed[0].id)))

    if chance.percent(_CANCELLED_PERCENT):
        later(lambda order_id: workspace.orders.cancel(order_id, reason="Ordered twice"))
    elif chance.percent(_DECIDED_PERCENT):
        rejects = chance.percent(_REJECTED_PERCENT)
        leaves = chance.percent(_LEFT_PERCENT)
        later(lambda order_id: _decide(workspace, placed[0], customer, rejects=rejects))
        if leaves and not rejects:
            later(workspace.orders.fulfill)
    return steps


def _place(workspace: Workspace, shop: Shop, customer: Customer, number: int) -> Order:
    chance = Chance("lines", number)
    return workspace.orders.place(
        billing_account_id=customer.account_id,
        site_id=chance.pick(customer.site_ids),
        items=[
            {"sku": sku, "qty": chance.between(1, 24)} for sku in chance.sample(shop.skus, LINES)
        ],
        po_number=f"PO-{chance.below(100_000):05d}",
    )


def _decide(workspace: Workspace, order: Order, customer: Customer, *, rejects: bool) -> None:
    if order.status != "pending_approval":
        return  # it needed no approval
    if rejects:
        workspace.approvals.reject(
            order.id, approver_id=customer.approver_id, reason="Over the month's budget"
        )
    else:
        workspace.approvals.approve(order.id, approver_id=customer.approver_id)
