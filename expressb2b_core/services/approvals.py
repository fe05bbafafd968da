"""Deciding orders: approving level by level, or rejecting."""

from __future__ import annotations

from typing import Unpack

from expressb2b_core.inputs import orders as inputs
from expressb2b_core.inputs.records import checked
from expressb2b_core.rules import approval
from expressb2b_core.services import order_changes
from expressb2b_core.services.order_changes import OrderInHand
from expressb2b_core.services.order_documents import Order, history_entry
from expressb2b_core.services.scope import Scope


class Approvals:
    """The approvals of a workspace's orders."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def approve(
        self,
        order_id: str,
        *,
        if_match: frozenset[str] | None = None,
        **given: Unpack[inputs.Approval],
    ) -> Order:
        """Approve the current level in the name of a contact, or all levels without one.

        Returns:
            The order: `approved` when no level is left, else still `pending_approval`.

        Raises:
            NotFound, Stale, ValidationFailed: as everywhere.
            InvalidTransition: it waits for no approval.
            NotAnApprover: this person may not decide it now.
        """
        fields = checked(inputs.Approval, given)

        def decide(order: OrderInHand) -> None:
            person = order_changes.decider(order, fields.get("approver_id"))
            level = approval.current_level(order.progress)
            if person is None:
                progress = approval.complete(order.progress)
            else:
                progress = approval.advance(order.progress)
            order.show_approval(progress, person)
            order.tell(
                history_entry(
                    order.now,
                    "approved",
                    order_changes.acting(order, person),
                    level=level.number if person is not None and level is not None else None,
                    comment=fields.get("comment"),
                )
            )
            if approval.current_level(progress) is None:
                order.enter("approved")

        return order_changes.change(self._scope, order_id, "approve", decide, if_match)

    def reject(
        self,
        order_id: str,
        *,
        if_match: frozenset[str] | None = None,
        **given: Unpack[inputs.Rejection],
    ) -> Order:
        """Reject the order, in the name of a contact who may decide its current level, or not.

        What it held in stock is given back.

        Raises:
            NotFound, Stale, ValidationFailed: as everywhere.
            InvalidTransition: it waits for no approval.
            NotAnApprover: this person may not decide it now.
        """
        fields = checked(inputs.Rejection, given)

        def decide(order: OrderInHand) -> None:
            person = order_changes.decider(order, fields.get("approver_id"))
            level = approval.current_level(order.progress)
            order.tell(
                history_entry(
                    order.now,
                    "rejected",
                    order_changes.acting(order, person),
                    level=level.number if person is not None and level is not None else None,
                    comment=fields["reason"],
                )
            )
            order.close_approval()
            order_changes.release_stock(order)
            order.enter("rejected")

        return order_changes.change(self._scope, order_id, "reject", decide, if_match)
