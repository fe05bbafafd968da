"""`expressb2b version`."""

from __future__ import annotations

import platform
import sqlite3

import click

from expressb2b_cli import output
from expressb2b_cli.groups import Command
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_server.release import release


@click.command(
    "version",
    cls=Command,
    shared=("as_json",),
    examples=("expressb2b version", "expressb2b version --json"),
)
@pass_invocation
def command(invocation: Invocation) -> None:
    """Show the versions of the program, of Python and of SQLite."""
    found = {
        "version": release(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
    if invocation.as_json:
        output.print_json(found)
    else:
        click.echo("Express B2B {version} (Python {python}, SQLite {sqlite})".format(**found))
