"""`expressb2b demo`: a believable wholesaler to look around in."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping

import click

from expressb2b_cli import output
from expressb2b_cli.groups import Group
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.session import ACTOR, opened
from expressb2b_core import ExpressB2B
from expressb2b_core.services import audit, workspaces
from expressb2b_core.services.workspaces import DEFAULT
from expressb2b_server.demo import load_demo

command = Group("demo", help="Fill a workspace with a believable wholesaler.")


@command.command(
    "load",
    examples=(
        "expressb2b demo load --database sqlite:///demo/expressb2b.db",
        "expressb2b demo load --workspace sandbox --json",
    ),
)
@pass_invocation
def load(invocation: Invocation) -> None:
    """Fill an empty workspace with products, accounts and a year of orders.

    A workspace that is not empty is refused with exit code 4.
    """
    with opened(invocation, makes=True) as b2b:
        summary = load_demo(b2b, workspace=invocation.workspace or DEFAULT, progress=_tell)
        _note(b2b, dataclasses.asdict(summary))
    _tell_end()
    output.show(invocation, dataclasses.asdict(summary))


def _note(b2b: ExpressB2B, summary: Mapping[str, object]) -> None:
    """Put it on record; what the demonstration's people did stands there in their names."""
    name = str(summary["workspace"])
    scope = workspaces.scope_of(b2b.runtime, name, ACTOR)
    b2b.runtime.database.write(
        lambda: audit.record(scope, "demo.loaded", "workspace", name, summary)
    )


def _tell(what: str, done: int, total: int) -> None:
    """One line that overwrites itself, where somebody watches."""
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {total} {what}\x1b[K", nl=False, err=True)


def _tell_end() -> None:
    if sys.stderr.isatty():
        click.echo(err=True)
