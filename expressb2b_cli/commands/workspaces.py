"""`expressb2b workspaces`: the tenants of an installation."""

from __future__ import annotations

import click

from expressb2b_cli import output
from expressb2b_cli.groups import Group
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.output import Column, Fields
from expressb2b_cli.session import ACTOR, opened
from expressb2b_core.inputs import moments
from expressb2b_core.services import workspaces
from expressb2b_core.services.workspaces import WorkspaceRecord

_COLUMNS = (
    Column("NAME", "name"),
    Column("CURRENCY", "currency"),
    Column("CREATED", "created_at"),
)

command = Group("workspaces", help="Make and list workspaces (tenants).")


@command.command(
    "create",
    shared=("as_json", "database"),
    examples=(
        "expressb2b workspaces create berlin --currency EUR",
        "expressb2b workspaces create sandbox --json",
    ),
)
@click.argument("name")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217, for all its money.")
@pass_invocation
def create(invocation: Invocation, name: str, currency: str) -> None:
    """Make the workspace NAME.

    Everything belongs to one workspace: products, accounts, orders, keys. Its currency cannot be
    changed later.
    """
    with opened(invocation, makes=True) as b2b:
        output.show(invocation, _fields(workspaces.create(b2b.runtime, name, currency, ACTOR)))


@command.command(
    "list",
    shared=("as_json", "database"),
    examples=("expressb2b workspaces list", "expressb2b workspaces list --json"),
)
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List all workspaces, oldest first."""
    with opened(invocation) as b2b:
        rows = [_fields(record) for record in workspaces.list_all(b2b.runtime)]
    output.show_list(invocation, rows, _COLUMNS, {"total": len(rows)})


def _fields(record: WorkspaceRecord) -> Fields:
    return {
        "name": record.name,
        "currency": record.currency,
        "created_at": moments.text(record.created_at),
    }
