"""Orders: found, looked into, decided, shipped. The approval queue is `approvals`'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType

from expressb2b_core.errors import InvalidInput, NotFound
from expressb2b_core.inputs.orders import OrderQuery
from expressb2b_core.rules.order_states import STATUSES
from expressb2b_core.services import order_search, order_trail
from expressb2b_core.services.documents import Page
from expressb2b_core.services.order_documents import Order
from expressb2b_core.services.spreadsheets import orders as order_rows
from expressb2b_server.panel import curl
from expressb2b_server.panel.exports import rows_as_csv
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import APPROVER, Pages

pages = Pages()

_PER_PAGE = 25
_FILTERS = ("status", "billing_account_id", "site_id", "created_from", "created_to", "sort")
_EXAMPLES: Mapping[str, object] = MappingProxyType(
    {
        "approve": {},
        "reject": {"reason": "Over this month's budget"},
        "fulfill": {"tracking": "1Z999AA10123456784"},
        "cancel": {"reason": "Ordered twice"},
    }
)


@pages.get("/orders")
def list_orders(request: Request) -> Response:
    """One page of orders, with filters and a search."""
    found: Page[Order] | None = None
    try:
        asked = _asked(request) | {"per_page": _PER_PAGE, "page": request.page_number}
        found = _find(request, asked)
    except InvalidInput as error:
        request.query.refuse(error)
        request.status = 422
    account_id = request.query.text("billing_account_id")
    account = None
    with suppress(NotFound):
        account = request.workspace.accounts.get(account_id) if account_id else None
    return request.page(
        "orders/list.html", found=found, statuses=STATUSES, query=request.query, account=account
    )


@pages.get("/orders.csv")
def export_orders(request: Request) -> Response:
    """All orders of the filters as a file, a row for each line."""
    asked = _asked(request)
    rows = (row for order in _all(request, asked) for row in order_rows.export_rows(order))
    return rows_as_csv(request, "orders", order_rows.COLUMNS, rows)


@pages.get("/orders/<order_id>")
def show_order(request: Request, order_id: str) -> Response:
    """One order: its lines and why they cost that, what happened, what was told of it."""
    orders = request.workspace.orders
    order = orders.get(order_id)
    proof = {item["line"]: item for item in orders.pricing(order_id)["items"]}
    return request.page(
        "orders/one.html",
        order=order,
        proof=proof,
        events=order_trail.trail(request.workspace.scope, order_id),
        placed_by=_contact_name(request, order.placed_by),
        commands=_commands(request, order),
        form=request.form,
    )


@pages.get("/orders/<order_id>/lines.csv")
def export_order(request: Request, order_id: str) -> Response:
    """The lines of one order as a file."""
    order = request.workspace.orders.get(order_id)
    rows = order_rows.export_rows(order)
    return rows_as_csv(request, f"order-{order.number}", order_rows.COLUMNS, rows)


@pages.post("/orders/<order_id>/approve", APPROVER, on_refusal=show_order)
def approve(request: Request, order_id: str) -> Response:
    """Approve for the merchant, which completes all levels."""
    form = request.form
    request.workspace.approvals.approve(
        order_id, if_match=form.if_match, comment=form.optional("comment")
    )
    return _back(request, order_id, "approved")


@pages.post("/orders/<order_id>/reject", APPROVER, on_refusal=show_order)
def reject(request: Request, order_id: str) -> Response:
    """Reject, and say why."""
    form = request.form
    request.workspace.approvals.reject(
        order_id, if_match=form.if_match, reason=form.text("reason").strip()
    )
    return _back(request, order_id, "rejected")


@pages.post("/orders/<order_id>/fulfill", on_refusal=show_order)
def fulfill(request: Request, order_id: str) -> Response:
    """Note that the goods have left."""
    form = request.form
    request.workspace.orders.fulfill(
        order_id,
        if_match=form.if_match,
        tracking=form.optional("tracking"),
        external_id=form.optional("external_id"),
        comment=form.optional("comment"),
    )
    return _back(request, order_id, "fulfilled")


@pages.post("/orders/<order_id>/cancel", on_refusal=show_order)
def cancel(request: Request, order_id: str) -> Response:
    """Cancel, and say why."""
    form = request.form
    request.workspace.orders.cancel(
        order_id, if_match=form.if_match, reason=form.text("reason").strip()
    )
    return _back(request, order_id, "cancelled")


def _asked(request: Request) -> OrderQuery:
    """What the filters ask for; words that are no filter are left for the inputs to refuse."""
    asked = OrderQuery()
    for name in _FILTERS:
        value = request.query.optional(name)
        if value is not None:
            asked[name] = value  # type: ignore[literal-required]
    return asked


def _find(request: Request, asked: OrderQuery) -> Page[Order]:
    sought = request.query.optional("q")
    if sought is None:
        return request.workspace.orders.list(**asked)
    return order_search.search(request.workspace.scope, sought, **asked)


def _all(request: Request, asked: OrderQuery) -> Iterator[Order]:
    asked = asked | {"per_page": 100}
    page = _find(request, asked)
    yield from page
    while page.next_cursor is not None:
        page = _find(request, asked | {"cursor": page.next_cursor})
        yield from page


def _contact_name(request: Request, contact_id: str | None) -> str | None:
    if contact_id is None:
        return None
    with suppress(NotFound):
        return request.workspace.contacts.get(contact_id).name
    return None


def _commands(request: Request, order: Order) -> list[tuple[str, str]]:
    """The same as requests: reading it, and each action it allows."""
    path = f"/api/orders/{order.id}"
    found = [("Read this order", curl.get(request.public_url, path))]
    for action in order.allowed_actions:
        body = _EXAMPLES[action]
        command = curl.post(request.public_url, f"{path}/{action}", body)
        found.append((f"{action.capitalize()} it", command))
    return found


def _back(request: Request, order_id: str, notice: str) -> Response:
    if request.form.text("back") == "approvals":
        return request.done("/approvals", notice)
    return request.done(f"/orders/{order_id}", notice)
