"""Webhook endpoints: registered, seen, changed, removed, given a new secret."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import click

from expressb2b_cli import output, pages
from expressb2b_cli.groups import Command
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.output import Column
from expressb2b_cli.pages import Paging, page_options
from expressb2b_cli.session import settings_of, workspace_of
from expressb2b_core.inputs.webhooks import EndpointChange
from expressb2b_core.rules.order_states import EVENTS
from expressb2b_core.services.webhook_documents import WebhookEndpoint
from expressb2b_server.delivery import Sender

_COLUMNS = (
    Column("ID", "id"),
    Column("URL", "url"),
    Column("EVENTS", "events"),
    Column("STATUS", "status"),
    Column("WHY", "disabled_reason"),
    Column("LAST SUCCESS", "last_success_at"),
    Column("LAST FAILURE", "last_failure_at"),
)

_event_option = click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice([*EVENTS, "*"]),
    metavar="EVENT",
    help="A type of event, such as order.placed, or '*' for all. Repeat it.",
)


@click.command(
    "create",
    cls=Command,
    examples=(
        "expressb2b webhooks create https://erp.example.com/hooks --event order.approved",
        "expressb2b webhooks create https://erp.example.com/hooks --event '*' --json",
    ),
)
@click.argument("url")
@_event_option
@click.option("--description", help="What it is for.")
@click.option("--version", help="The version its events come in, such as 2026-03; else the newest.")
@pass_invocation
def create(
    invocation: Invocation,
    url: str,
    events: tuple[str, ...],
    description: str | None,
    version: str | None,
) -> None:
    """Register URL for events, and show its signing secret.

    It must use https and lead to public addresses; networks of your own are allowed with
    EXPRESSB2B_WEBHOOK_ALLOW_NETS. All events are sent if none is named.
    """
    with workspace_of(
        invocation, makes=True, check_webhook_url=_url_check(invocation)
    ) as workspace:
        made = workspace.webhooks.register(
            url=url, events=list(events) or ["*"], description=description, version=version
        )
    _show_secret(invocation, made)


@click.command(
    "list",
    cls=Command,
    examples=("expressb2b webhooks list", "expressb2b webhooks list --all --json"),
)
@page_options
@pass_invocation
def list_(invocation: Invocation, paging: Paging) -> None:
    """List webhook endpoints, oldest first."""
    with workspace_of(invocation) as workspace:
        rows, meta = pages.read(workspace.webhooks.list, {}, paging)
    pages.show(invocation, rows, _COLUMNS, meta)


@click.command(
    "show",
    cls=Command,
    examples=("expressb2b webhooks show $ENDPOINT", "expressb2b webhooks show $ENDPOINT --json"),
)
@click.argument("endpoint_id", metavar="ID")
@pass_invocation
def show(invocation: Invocation, endpoint_id: str) -> None:
    """Show one endpoint, without its secret."""
    with workspace_of(invocation) as workspace:
        output.show(invocation, workspace.webhooks.get(endpoint_id).to_dict())


@click.command(
    "update",
    cls=Command,
    examples=(
        "expressb2b webhooks update $ENDPOINT --disable",
        "expressb2b webhooks update $ENDPOINT --enable --event order.placed --event order.approved",
    ),
)
@click.argument("endpoint_id", metavar="ID")
@click.option("--url", help="Where events go from now on.")
@_event_option
@click.option("--description", help="What it is for; '' removes it.")
@click.option("--enable/--disable", "enabled", default=None, help="Send to it, or do not.")
@pass_invocation
def update(
    invocation: Invocation,
    endpoint_id: str,
    url: str | None,
    events: tuple[str, ...],
    description: str | None,
    enabled: bool | None,
) -> None:
    """Change an endpoint; what is not given stays.

    Enabling one that the system disabled releases what was held for it.
    """
    change = EndpointChange()
    if url is not None:
        change["url"] = url
    if events:
        change["events"] = list(events)
    if description is not None:
        change["description"] = description or None
    if enabled is not None:
        change["status"] = "enabled" if enabled else "disabled"
    with workspace_of(invocation, check_webhook_url=_url_check(invocation)) as workspace:
        output.show(invocation, workspace.webhooks.update(endpoint_id, **change).to_dict())


@click.command(
    "delete",
    cls=Command,
    examples=(
        "expressb2b webhooks delete $ENDPOINT",
        "expressb2b webhooks delete $ENDPOINT --json",
    ),
)
@click.argument("endpoint_id", metavar="ID")
@pass_invocation
def delete(invocation: Invocation, endpoint_id: str) -> None:
    """Remove an endpoint; what was not delivered to it will not be."""
    with workspace_of(invocation) as workspace:
        workspace.webhooks.delete(endpoint_id)
    if invocation.as_json:
        output.print_json({"id": endpoint_id, "deleted": True})
    else:
        output.note("The endpoint is removed.")


@click.command(
    "rotate-secret",
    cls=Command,
    examples=(
        "expressb2b webhooks rotate-secret $ENDPOINT",
        "expressb2b webhooks rotate-secret $ENDPOINT --json",
    ),
)
@click.argument("endpoint_id", metavar="ID")
@pass_invocation
def rotate_secret(invocation: Invocation, endpoint_id: str) -> None:
    """Give an endpoint a new secret; the old one signs beside it for 24 hours."""
    with workspace_of(invocation) as workspace:
        _show_secret(invocation, workspace.webhooks.rotate_secret(endpoint_id))


COMMANDS = (create, list_, show, update, delete, rotate_secret)


def _url_check(invocation: Invocation) -> Callable[[str], str | None]:
    """What the server checks at registration, names being looked up."""
    allow_nets = settings_of(invocation).webhook_allow_nets

    def check(url: str) -> str | None:
        with closing(Sender(allow_nets=allow_nets)) as sender:
            return sender.check(url)

    return check


def _show_secret(invocation: Invocation, endpoint: WebhookEndpoint) -> None:
    output.show(invocation, endpoint.to_dict())
    output.note("Keep `secret` now: it is not shown again, except by a rotation.")
