"""What endpoints were sent: seen, tested, repeated."""

from __future__ import annotations

import click

from expressb2b_cli import output, pages
from expressb2b_cli.groups import Command
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.option_types import bound
from expressb2b_cli.output import Column
from expressb2b_cli.pages import Paging, page_options
from expressb2b_cli.session import workspace_of
from expressb2b_core.inputs.webhooks import Replay

_COLUMNS = (
    Column("CREATED", "created_at"),
    Column("EVENT", "event"),
    Column("STATUS", "status"),
    Column("ATTEMPTS", "attempts_count", right=True),
    Column("NEXT", "next_attempt_at"),
    Column("ID", "id"),
)


@click.command(
    "test",
    cls=Command,
    examples=("expressb2b webhooks test $ENDPOINT", "expressb2b webhooks test $ENDPOINT --json"),
)
@click.argument("endpoint_id", metavar="ID")
@pass_invocation
def test(invocation: Invocation, endpoint_id: str) -> None:
    """Send the event webhook.test to this endpoint alone.

    The server sends it; when none runs, it goes out as soon as one does.
    """
    with workspace_of(invocation) as workspace:
        output.show(invocation, workspace.webhooks.test(endpoint_id).to_dict())


@click.command(
    "deliveries",
    cls=Command,
    examples=(
        "expressb2b webhooks deliveries $ENDPOINT --status failed",
        "expressb2b webhooks deliveries --delivery $DELIVERY --json",
    ),
)
@click.argument("endpoint_id", metavar="[ID]", required=False)
@click.option("--status", type=click.Choice(["pending", "succeeded", "failed"]), help="Only those.")
@click.option("--delivery", "delivery_id", metavar="ID", help="This one, with every attempt.")
@page_options
@pass_invocation
def deliveries(
    invocation: Invocation,
    endpoint_id: str | None,
    status: str | None,
    delivery_id: str | None,
    paging: Paging,
) -> None:
    """List the deliveries of the endpoint ID, newest first, or show one with its attempts."""
    if (endpoint_id is None) == (delivery_id is None):
        raise click.UsageError("Give either the ID of an endpoint, or --delivery.")
    with workspace_of(invocation) as workspace:
        if delivery_id is not None:
            output.show(invocation, workspace.webhooks.delivery(delivery_id).to_dict())
            return
        query = {"endpoint_id": endpoint_id, "status": status}
        rows, meta = pages.read(workspace.webhooks.deliveries, query, paging)
    pages.show(invocation, rows, _COLUMNS, meta)


@click.command(
    "redeliver",
    cls=Command,
    examples=(
        "expressb2b webhooks redeliver $DELIVERY",
        "expressb2b webhooks redeliver $DELIVERY --json",
    ),
)
@click.argument("delivery_id", metavar="ID")
@pass_invocation
def redeliver(invocation: Invocation, delivery_id: str) -> None:
    """Deliver once more: the same bytes, a new round of attempts."""
    with workspace_of(invocation) as workspace:
        output.show(invocation, workspace.webhooks.redeliver(delivery_id).to_dict())


@click.command(
    "replay",
    cls=Command,
    examples=(
        "expressb2b webhooks replay $ENDPOINT --since 2026-03-15 --failed-only",
        "expressb2b webhooks replay $ENDPOINT --since 2026-03-01 --until 2026-03-07 --json",
    ),
)
@click.argument("endpoint_id", metavar="ID")
@click.option("--since", type=bound, required=True, metavar="TIME", help="Events from then on.")
@click.option(
    "--until",
    type=bound,
    metavar="TIME",
    help="Events before then; a bare date includes that day. Now if not given.",
)
@click.option("--failed-only", is_flag=True, help="Only those whose delivery failed.")
@pass_invocation
def replay(
    invocation: Invocation, endpoint_id: str, since: str, until: str | None, failed_only: bool
) -> None:
    """Deliver the events of a period again, at a bounded rate."""
    asked = Replay(since=since, failed_only=failed_only)
    if until is not None:
        asked["until"] = until
    with workspace_of(invocation) as workspace:
        queued = workspace.webhooks.replay(endpoint_id, **asked)
    if invocation.as_json:
        output.print_json({"queued": queued})
    else:
        click.echo(f"{queued} deliveries queued.")


COMMANDS = (test, deliveries, redeliver, replay)
