"""The approval queue, made for a phone: the oldest first, on each card what a decision needs."""

from __future__ import annotations

from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import Pages

pages = Pages()

_PER_PAGE = 12


@pages.get("/approvals")
def show_queue(request: Request) -> Response:
    """The orders that wait, oldest first."""
    found = request.workspace.orders.list(
        status="pending_approval",
        sort="created_at",
        per_page=_PER_PAGE,
        page=request.page_number,
    )
    orders = [request.workspace.orders.get(order.id) for order in found]
    return request.page("orders/queue.html", found=found, orders=orders)
