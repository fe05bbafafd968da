"""What people do with one order: placing, approving, rejecting, shipping, cancelling it.

Every act looks at the order anew, so that a transaction that has to be run again comes to the
same, and passes over what has become impossible, as people would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from expressb2b_core.errors import NotAnApprover
from expressb2b_core.inputs.orders import NewOrder
from expressb2b_server.demo.accounts import KnownCustomer
from expressb2b_server.demo.chance import Chance
from expressb2b_server.demo.past import PastShop

_APPROVALS = ("Fine.", "Within budget.", "OK for this month.", "Please ship together.")
_REJECTIONS = ("Over this month's budget.", "Ordered twice.", "We still have enough of these.")
_CANCELLATIONS = ("The event was called off.", "Wrong site, ordered again.", "No longer needed.")


@dataclass
class Story:
    """One order from its placing to its end; `order_id` is empty until it is placed."""

    number: int
    customer: KnownCustomer
    new: NewOrder
    order_id: str = ""


class Desk:
    """The people around a shop, at whatever time it is set to."""

    def __init__(self, shop: PastShop) -> None:
        self._sales = shop.sales
        self._warehouse = shop.warehouse

    def place(self, story: Story) -> None:
        """The order comes in."""
        story.order_id = self._sales.orders.place(**story.new).id

    def approve(self, story: Story) -> None:
        """Somebody who may approves the current level; else the sales desk may be called."""
        if not self._allows(story, "approve"):
            return
        chance = self._chance("approval", story)
        comment = chance.pick(_APPROVALS) if chance.percent(40) else None

        def decide(person: str) -> None:
            self._sales.approvals.approve(story.order_id, approver_id=person, comment=comment)

        decided = _first_who_may(chance.sample(story.customer.approver_ids, 9), decide)
        if not decided and chance.percent(60):
            self._sales.approvals.approve(story.order_id, comment="Confirmed by telephone.")

    def reject(self, story: Story) -> None:
        """Somebody who may rejects it; else the sales desk does."""
        if not self._allows(story, "reject"):
            return
        chance = self._chance("rejection", story)
        reason = chance.pick(_REJECTIONS)

        def decide(person: str) -> None:
            self._sales.approvals.reject(story.order_id, approver_id=person, reason=reason)

        if not _first_who_may(chance.sample(story.customer.approver_ids, 9), decide):
            self._sales.approvals.reject(story.order_id, reason="Credit limit reached.")

    def fulfill(self, story: Story) -> None:
        """The goods leave the warehouse."""
        if not self._allows(story, "fulfill"):
            return
        self._warehouse.orders.fulfill(
            story.order_id,
            external_id=f"SHP-{30_000 + story.number}",
            tracking=f"1Z999AA1{self._chance('shipment', story).below(10**10):010d}",
        )

    def cancel(self, story: Story) -> None:
        """The buyer cancels, or the sales desk does."""
        if not self._allows(story, "cancel"):
            return
        chance = self._chance("cancellation", story)
        person = chance.pick(story.customer.buyers).id if chance.percent(75) else None
        reason = chance.pick(_CANCELLATIONS)
        self._sales.orders.cancel(story.order_id, reason=reason, contact_id=person)

    def _allows(self, story: Story, action: str) -> bool:
        return action in self._sales.orders.get(story.order_id).allowed_actions

    def _chance(self, topic: str, story: Story) -> Chance:
        # The revision tells the second approval of an order from its first.
        return Chance(topic, story.number, self._sales.orders.get(story.order_id).revision)


def _first_who_may(people: Sequence[str], decide: Callable[[str], None]) -> bool:
    for person in people:
        try:
            decide(person)
        except NotAnApprover:
            continue
        return True
    return False
