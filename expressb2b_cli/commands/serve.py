"""`expressb2b serve`: the server, as `python server.py` starts it."""

from __future__ import annotations

import click

from expressb2b_cli.groups import Command
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_server.main import run, server_options


@click.command(
    "serve",
    cls=Command,
    shared=(),
    examples=(
        "expressb2b serve",
        "expressb2b serve --port 9000 --database sqlite:////var/lib/expressb2b/shop.db",
        "expressb2b serve --demo",
    ),
)
@server_options
@pass_invocation
def command(invocation: Invocation, /, **flags: object) -> None:
    """Start the server and stay until Ctrl-C or SIGTERM.

    Makes and migrates the database that is missing, and prints its addresses. Requests under way
    and deliveries in flight are finished before it ends.
    """
    run({**flags, "database": flags["database"] or invocation.database})
