"""`expressb2b events`: what happened to orders."""

from __future__ import annotations

import click

from expressb2b_cli import output
from expressb2b_cli.groups import Group
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.output import Column
from expressb2b_cli.session import workspace_of
from expressb2b_core.inputs.events import EventQuery
from expressb2b_core.rules.order_states import EVENTS

_COLUMNS = (
    Column("SEQ", "seq", right=True),
    Column("AT", "created_at"),
    Column("EVENT", "event"),
    Column("ORDER", "data.order.number", right=True),
    Column("ACCOUNT", "data.order.billing_account.name"),
    Column("TOTAL", "data.total", right=True),
    Column("ID", "id"),
)

command = Group("events", help="Read what happened to orders.")


@command.command(
    "list",
    examples=(
        "expressb2b events list --type order.approved",
        "expressb2b events list --after 1042 --per-page 100 --json",
    ),
)
@click.option("--after", type=click.IntRange(min=0), default=0, help="Behind this `seq`.")
@click.option(
    "--type",
    "types",
    multiple=True,
    type=click.Choice(EVENTS),
    metavar="EVENT",
    help="Only these, such as order.placed. Repeat it.",
)
@click.option(
    "--per-page",
    type=click.IntRange(1, 100),
    default=25,
    show_default=True,
    help="How many at most.",
)
@pass_invocation
def list_(invocation: Invocation, after: int, types: tuple[str, ...], per_page: int) -> None:
    """List events in the order in which they happened, from the oldest on.

    `seq` counts up by one without gaps: who goes on with --after misses nothing.
    """
    query = EventQuery(after=after, per_page=per_page)
    if types:
        query["types"] = list(types)
    with workspace_of(invocation) as workspace:
        page = workspace.events.list(**query)
    rows = [event.to_dict() for event in page]
    output.show_list(invocation, rows, _COLUMNS, {"next_after": page.next_after})
    if page.has_more and not invocation.as_json:
        output.note(f"more with --after {page.next_after}")
