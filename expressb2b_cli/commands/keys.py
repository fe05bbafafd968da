"""`expressb2b keys`: API keys."""

from __future__ import annotations

from collections.abc import Sequence

import click

from expressb2b_cli import output
from expressb2b_cli.groups import Group
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.option_types import duration, limit
from expressb2b_cli.output import Column
from expressb2b_cli.session import workspace_of
from expressb2b_core.inputs.keys import ALL_SCOPES
from expressb2b_core.services.keys import NewKey

_COLUMNS = (
    Column("ID", "id"),
    Column("NAME", "name"),
    Column("PREFIX", "prefix"),
    Column("STATE", "state"),
    Column("VERSION", "version"),
    Column("LAST USED", "last_used_at"),
    Column("EXPIRES", "expires_at"),
)

command = Group("keys", help="Make, list, rotate and revoke API keys.")


@command.command(
    "create",
    examples=(
        "expressb2b keys create --name ERP",
        "expressb2b keys create --name WMS --scope orders:read --scope catalog:write",
        "expressb2b keys create --name Import --expires 12h --limit write=600 --json",
    ),
)
@click.option("--name", required=True, help="What people call it.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(ALL_SCOPES),
    metavar="SCOPE",
    help="What it may do, such as orders:read; write implies read. Repeat it. All by default.",
)
@click.option(
    "--expires", type=duration, metavar="DURATION", help="How long it lives: 90s, 15m, 12h, 365d."
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    type=limit,
    metavar="BUCKET=N",
    help="Requests in any 60 seconds, such as read=600. Repeat it.",
)
@click.option("--version", help="The version of the interface, such as 2026-03; else the newest.")
@click.option("--test", is_flag=True, help="Make a key whose text begins with eb2b_test_.")
@pass_invocation
def create(
    invocation: Invocation,
    name: str,
    scopes: Sequence[str],
    expires: int | None,
    limits: Sequence[tuple[str, int]],
    version: str | None,
    test: bool,
) -> None:
    """Make an API key and show its text, once.

    Only a digest of the text is stored: nobody can show it again.
    """
    with workspace_of(invocation, makes=True) as workspace:
        made = workspace.keys.create(
            name,
            scopes=scopes or None,
            expires_in_seconds=expires,
            limits=dict(limits),
            version=version,
            mode="test" if test else "live",
        )
    _show_text(invocation, made)


@command.command("list", examples=("expressb2b keys list", "expressb2b keys list --json"))
@click.option("--active", "only_active", is_flag=True, help="Without revoked and expired keys.")
@pass_invocation
def list_(invocation: Invocation, only_active: bool) -> None:
    """List the keys of the workspace, oldest first."""
    with workspace_of(invocation) as workspace:
        found = [key.to_dict() for key in workspace.keys.list()]
    shown = [key for key in found if key["state"] == "active" or not only_active]
    output.show_list(invocation, shown, _COLUMNS, {"total": len(shown)})


@command.command(
    "show",
    examples=("expressb2b keys show ERP", "expressb2b keys show 4fT9aZ0k --json"),
)
@click.argument("key")
@pass_invocation
def show(invocation: Invocation, key: str) -> None:
    """Show one key, without its text.

    KEY is an id, the 8 characters behind `eb2b_live_`, or a name.
    """
    with workspace_of(invocation) as workspace:
        output.show(invocation, workspace.keys.get(key).to_dict())


@command.command(
    "rotate",
    examples=("expressb2b keys rotate ERP", "expressb2b keys rotate ERP --overlap 24h --json"),
)
@click.argument("key")
@click.option("--overlap", type=duration, metavar="DURATION", help="Let the old text work on.")
@pass_invocation
def rotate(invocation: Invocation, key: str, overlap: int | None) -> None:
    """Give a key a new text, with the same settings, and show it once.

    The old text ends at once, or works on beside the new one for a while. KEY is an id, the 8
    characters behind `eb2b_live_`, or a name.
    """
    with workspace_of(invocation) as workspace:
        made = workspace.keys.rotate(key, overlap_seconds=overlap or 0)
    _show_text(invocation, made)


@command.command(
    "revoke",
    examples=("expressb2b keys revoke ERP", "expressb2b keys revoke 4fT9aZ0k --json"),
)
@click.argument("key")
@pass_invocation
def revoke(invocation: Invocation, key: str) -> None:
    """End a key: it is refused from the next request on, everywhere.

    KEY is an id, the 8 characters behind `eb2b_live_`, or a name.
    """
    with workspace_of(invocation) as workspace:
        output.show(invocation, workspace.keys.revoke(key).to_dict())


def _show_text(invocation: Invocation, made: NewKey) -> None:
    output.show(invocation, made.to_dict())
    output.note("Keep `key` now: it is stored nowhere and cannot be shown again.")
