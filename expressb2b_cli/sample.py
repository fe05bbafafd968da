"""A sample order that really happens: the account, site and product it needs, and its life."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from expressb2b_core import Workspace
from expressb2b_core.services.order_documents import Order

ACCOUNT = "expressb2b-sample"
"""The external id of the account that orders."""

_SKU = "EXPRESSB2B-SAMPLE"
_WHY = "A sample"


def make_happen(workspace: Workspace, event: str) -> Order:
    """Place an order and bring it to where this event is the last that happened to it.

    What it needs is made, or taken if it is there from an earlier time.

    Raises:
        KeyError: there is no such event.
    """
    return _LIVES[event](workspace, _placed(workspace))


def _placed(workspace: Workspace) -> Order:
    workspace.products.upsert(sku=_SKU, name="Sample article", base_price="38.50")
    account = workspace.accounts.create(
        name="Sample customer",
        external_id=ACCOUNT,
        sites=[{"name": "Sample site"}],
        approval={"levels": [{"name": "manager", "min_total": "0"}]},
    )
    return workspace.orders.place(
        billing_account_id=account.id,
        site_id=account.sites[0]["id"],
        items=[{"sku": _SKU, "qty": 4}],
        note=_WHY,
    )


def _approved(workspace: Workspace, order: Order) -> Order:
    return workspace.approvals.approve(order.id, comment=_WHY)


def _fulfilled(workspace: Workspace, order: Order) -> Order:
    return workspace.orders.fulfill(_approved(workspace, order).id, comment=_WHY)


_LIVES: Mapping[str, Callable[[Workspace, Order], Order]] = {
    "order.placed": lambda workspace, order: order,
    "order.approved": _approved,
    "order.rejected": lambda workspace, order: workspace.approvals.reject(order.id, reason=_WHY),
    "order.fulfilled": _fulfilled,
    "order.cancelled": lambda workspace, order: workspace.orders.cancel(order.id, reason=_WHY),
}
