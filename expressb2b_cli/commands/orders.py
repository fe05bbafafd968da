"""`expressb2b orders`: see orders, decide them, ship them, export them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce, wraps

import click

from expressb2b_cli import exports, output, pages
from expressb2b_cli.candidates import CANDIDATES
from expressb2b_cli.exports import ExportOptions, export_options
from expressb2b_cli.groups import Group
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.lookups import account_id, order_id
from expressb2b_cli.option_types import bound
from expressb2b_cli.output import Column
from expressb2b_cli.pages import Paging, page_options
from expressb2b_cli.session import workspace_of
from expressb2b_core import Document, Workspace
from expressb2b_core.rules.order_states import STATUSES
from expressb2b_core.services.order_documents import Order
from expressb2b_core.services.spreadsheets import orders as order_rows
from expressb2b_core.services.spreadsheets.sheets import csv_lines

Query = dict[str, str | None]

_COLUMNS = (
    Column("NUMBER", "number", right=True),
    Column("STATUS", "status"),
    Column("ACCOUNT", "billing_account.name"),
    Column("SITE", "site.name"),
    Column("LINES", "items", right=True),
    Column("TOTAL", "total", right=True),
    Column("PLACED", "created_at"),
    Column("ID", "id"),
)

# By the name that the list of orders has for it; the last is shown first.
_FILTERS = {
    "sort": click.option(
        "--sort",
        type=click.Choice(["-created_at", "created_at", "updated_at", "-updated_at"]),
        default="-created_at",
        show_default=True,
        help="`-` is newest first.",
    ),
    "external_id": click.option("--external-id", help="Your id of the order."),
    "po_number": click.option("--po-number", help="The buyer's own number."),
    "updated_since": click.option(
        "--updated-since", type=bound, metavar="TIME", help="Changed since then."
    ),
    "created_to": click.option(
        "--to",
        "created_to",
        type=bound,
        metavar="TIME",
        help="Placed before then; a bare date includes that day.",
    ),
    "created_from": click.option(
        "--from", "created_from", type=bound, metavar="TIME", help="Placed since then."
    ),
    "site_id": click.option("--site", "site_id", metavar="ID", help="For this site."),
    "billing_account_id": click.option(
        "--account", "billing_account_id", help="Of this account: its id or external id."
    ),
    "status": click.option(
        "--status", metavar="STATUS,…", help=f"One or more of {', '.join(STATUSES)}."
    ),
}

command = Group("orders", help="List, decide, ship and export orders.")


def _filters(function: Callable[..., None]) -> Callable[..., None]:
    """Add the filters of a list of orders to a command, which gets them as `query`."""

    @wraps(function)
    def with_query(*arguments: object, **given: object) -> None:
        query = {name: given.pop(name) for name in _FILTERS}
        function(*arguments, query=query, **given)

    return reduce(lambda decorated, option: option(decorated), _FILTERS.values(), with_query)


@command.command(
    "list",
    examples=(
        "expressb2b orders list --status pending_approval",
        "expressb2b orders list --account K-1042 --from 2026-03-01 --to 2026-03-31 --all",
        "expressb2b orders list --updated-since 2026-03-15T00:00:00Z --sort updated_at --json",
    ),
)
@_filters
@page_options
@pass_invocation
def list_(invocation: Invocation, query: Query, paging: Paging) -> None:
    """List orders, newest first."""
    with workspace_of(invocation) as workspace:
        query |= {"billing_account_id": _account_id(workspace, query)}
        rows, meta = pages.read(workspace.orders.list, query, paging)
    pages.show(invocation, rows, _COLUMNS, meta)


@command.command(
    "show",
    examples=(
        "expressb2b orders show 1042",
        "expressb2b orders show $ORDER --pricing --json",
    ),
)
@click.argument("called", metavar="NUMBER|ID")
@click.option("--pricing", is_flag=True, help="Why each line has its price, as decided then.")
@pass_invocation
def show(invocation: Invocation, called: str, pricing: bool) -> None:
    """Show one order with its lines and its history, or the proof of its prices."""
    with workspace_of(invocation) as workspace:
        found = order_id(workspace, called)
        if not pricing:
            output.show(invocation, workspace.orders.get(found).to_dict())
            return
        proof = workspace.orders.pricing(found)
    if invocation.as_json:
        output.print_json(proof.to_dict())
    else:
        _print_proof(proof)


@command.command(
    "approve",
    examples=(
        "expressb2b orders approve 1042",
        'expressb2b orders approve $ORDER --approver $CONTACT --comment "As agreed"',
    ),
)
@click.argument("called", metavar="NUMBER|ID")
@click.option("--approver", metavar="ID", help="The contact who decides the current level.")
@click.option("--comment", help="Stands in the history.")
@pass_invocation
def approve(invocation: Invocation, called: str, approver: str | None, comment: str | None) -> None:
    """Approve an order: all its levels, or the current one in the name of a contact."""
    with workspace_of(invocation) as workspace:
        found = order_id(workspace, called)
        changed = workspace.approvals.approve(found, approver_id=approver, comment=comment)
    _tell(invocation, changed)


@command.command(
    "reject",
    examples=("expressb2b orders reject $ORDER --reason 'Over the budget'",),
)
@click.argument("called", metavar="NUMBER|ID")
@click.option("--reason", required=True, help="Stands in the history.")
@click.option("--approver", metavar="ID", help="The contact who decides.")
@pass_invocation
def reject(invocation: Invocation, called: str, reason: str, approver: str | None) -> None:
    """Reject an order; what it held in stock is given back."""
    with workspace_of(invocation) as workspace:
        found = order_id(workspace, called)
        changed = workspace.approvals.reject(found, approver_id=approver, reason=reason)
    _tell(invocation, changed)


@command.command(
    "fulfill",
    examples=("expressb2b orders fulfill $ORDER --tracking 1Z999AA10123456784",),
)
@click.argument("called", metavar="NUMBER|ID")
@click.option("--external-id", help="Your id of the shipment.")
@click.option("--tracking", help="The carrier's number.")
@click.option("--comment", help="Stands in the history.")
@pass_invocation
def fulfill(
    invocation: Invocation,
    called: str,
    external_id: str | None,
    tracking: str | None,
    comment: str | None,
) -> None:
    """Note that an order's goods have left; its stock is consumed."""
    with workspace_of(invocation) as workspace:
        found = order_id(workspace, called)
        changed = workspace.orders.fulfill(
            found, external_id=external_id, tracking=tracking, comment=comment
        )
    _tell(invocation, changed)


@command.command(
    "cancel",
    examples=('expressb2b orders cancel $ORDER --reason "Ordered twice"',),
)
@click.argument("called", metavar="NUMBER|ID")
@click.option("--reason", required=True, help="Stands in the history.")
@click.option("--contact", metavar="ID", help="The contact who cancels.")
@pass_invocation
def cancel(invocation: Invocation, called: str, reason: str, contact: str | None) -> None:
    """Cancel an order; what it held in stock is given back."""
    with workspace_of(invocation) as workspace:
        found = order_id(workspace, called)
        changed = workspace.orders.cancel(found, reason=reason, contact_id=contact)
    _tell(invocation, changed)


@command.command(
    "export",
    examples=(
        "expressb2b orders export --status approved > to-ship.csv",
        "expressb2b orders export --from 2026-01-01 --output orders.csv",
        "expressb2b orders export --format jsonl --output orders.jsonl",
        "expressb2b orders export --updated-since 2026-03-15 --json",
    ),
)
@export_options("One row for each line of an order, or one JSON document for each order.")
@_filters
@pass_invocation
def export_(invocation: Invocation, options: ExportOptions, query: Query) -> None:
    """Write orders as CSV or as JSON lines.

    In CSV, text that a spreadsheet program would run as a formula gets an apostrophe before it.
    With --json all orders are one JSON document, or, with --output, the answer says what was
    written.
    """
    with workspace_of(invocation) as workspace:
        query |= {"billing_account_id": _account_id(workspace, query)}
        exports.export(invocation, options, _all(workspace, query), _csv_lines, "orders")


def _account_id(workspace: Workspace, query: Query) -> str | None:
    called = query["billing_account_id"]
    return None if called is None else account_id(workspace, called)


def _all(workspace: Workspace, query: Query) -> Iterator[Order]:
    ask: Callable[..., Iterator[Order]] = workspace.orders.iterate
    asked = {name: value for name, value in query.items() if value is not None}
    return ask(**asked, per_page=100)


def _csv_lines(orders: Iterator[Order]) -> Iterator[str]:
    rows = (row for order in orders for row in order_rows.export_rows(order))
    return csv_lines(order_rows.COLUMNS, rows)


def _print_proof(proof: Document) -> None:
    for item in proof.items:
        click.echo("line {line}: {qty} of {sku} at {unit_price} each".format(**item))
        lines = output.table_lines(item["candidates"], CANDIDATES)
        click.echo("".join(f"  {line}\n" for line in lines))


def _tell(invocation: Invocation, order: Order) -> None:
    if invocation.as_json:
        output.print_json(order.to_dict())
    else:
        click.echo(f"Order {order.number} is {order.status} now.")
