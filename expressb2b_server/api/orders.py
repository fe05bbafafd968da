"""`/api/orders`: quoting, placing, reading and deciding orders."""

from __future__ import annotations

from expressb2b_core.errors import (
    AlreadyExists,
    InvalidTransition,
    NotAnApprover,
    PriceChanged,
)
from expressb2b_core.inputs.orders import (
    Approval,
    Cancellation,
    Fulfillment,
    NewOrder,
    OrderQuery,
    Rejection,
)
from expressb2b_server.api import answers
from expressb2b_server.api.answers import Answer
from expressb2b_server.api.requests import Request
from expressb2b_server.api.routes import Identity, Routes

routes = Routes("Orders", scope="orders", identity=Identity("id", "order", reserved=("quote",)))


@routes.get("/api/orders", gives="order", many=True)
def list_orders(request: Request, query: OrderQuery) -> Answer:
    """List orders.

    Filters narrow the list together. Times are half-open ranges: `created_from` is included,
    `created_to` is not, but as a bare date it includes that day. The orders come without their
    `approval_history`.
    """
    return answers.page(request, request.workspace.orders.list(**query))


@routes.post(
    "/api/orders",
    gives="order",
    takes="order",
    statuses=(201,),
    raises=(AlreadyExists, PriceChanged),
)
def place_order(request: Request, body: NewOrder) -> Answer:
    """Place an order.

    Prices are the server's alone: the account's own price, else its tier's, else the base price,
    as they are now. They are copied into the order and never change. An order that needs no
    approval is `approved` at once.
    """
    order = request.workspace.orders.place(**body)
    return answers.made(request, order, "/api/orders/", order.id)


@routes.post(
    "/api/orders/quote",
    gives="quote",
    takes="order",
    scope="orders:read",
    raises=(PriceChanged,),
)
def quote_order(request: Request, body: NewOrder) -> Answer:
    """Quote an order.

    The lines as they would be priced, every price that was considered and why it lost, who would
    have to approve, and whether there is stock. Nothing is written.
    """
    return answers.plain(request, request.workspace.orders.quote(**body).text)


@routes.get("/api/orders/{id}", gives="order")
def get_order(request: Request, order_id: str) -> Answer:
    """Retrieve an order.

    With its `approval_history`: who placed, approved, rejected, fulfilled or cancelled it.
    """
    return answers.document(request, request.workspace.orders.get(order_id))


@routes.get("/api/orders/{id}/pricing", gives="order_pricing")
def get_order_pricing(request: Request, order_id: str) -> Answer:
    """Prove an order's prices.

    For each line the price that won when the order was placed, and each candidate with its
    verdict.
    """
    return answers.document(request, request.workspace.orders.pricing(order_id))


@routes.post(
    "/api/orders/{id}/approve",
    gives="order",
    takes="approval",
    raises=(InvalidTransition, NotAnApprover),
    has_precondition=True,
)
def approve_order(request: Request, order_id: str, body: Approval) -> Answer:
    """Approve an order.

    With `approver_id` that contact decides the current level. Without it the key decides for the
    merchant and completes all levels.
    """
    changed = request.workspace.approvals.approve(order_id, if_match=request.if_match, **body)
    return answers.document(request, changed)


@routes.post(
    "/api/orders/{id}/reject",
    gives="order",
    takes="rejection",
    raises=(InvalidTransition, NotAnApprover),
    has_precondition=True,
)
def reject_order(request: Request, order_id: str, body: Rejection) -> Answer:
    """Reject an order.

    Its stock is released.
    """
    changed = request.workspace.approvals.reject(order_id, if_match=request.if_match, **body)
    return answers.document(request, changed)


@routes.post(
    "/api/orders/{id}/fulfill",
    gives="order",
    takes="fulfillment",
    raises=(InvalidTransition,),
    has_precondition=True,
)
def fulfill_order(request: Request, order_id: str, body: Fulfillment) -> Answer:
    """Fulfill an order.

    The goods have left: its stock is consumed.
    """
    changed = request.workspace.orders.fulfill(order_id, if_match=request.if_match, **body)
    return answers.document(request, changed)


@routes.post(
    "/api/orders/{id}/cancel",
    gives="order",
    takes="cancellation",
    raises=(InvalidTransition,),
    has_precondition=True,
)
def cancel_order(request: Request, order_id: str, body: Cancellation) -> Answer:
    """Cancel an order.

    Its stock is released.
    """
    changed = request.workspace.orders.cancel(order_id, if_match=request.if_match, **body)
    return answers.document(request, changed)
