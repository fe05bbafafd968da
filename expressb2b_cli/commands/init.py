"""`expressb2b init`: from nothing to a database, and what comes next."""

from __future__ import annotations

import click

from expressb2b_cli import output
from expressb2b_cli.groups import Command
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.session import opened, settings_of
from expressb2b_core.storage.opening import file_of

_NEXT = """\
What comes next:
  expressb2b keys create --name ERP   make a key for the interface
  expressb2b demo load                look around with demo data
  expressb2b serve                    start the server
  expressb2b backup create            back it up, secret included"""


@click.command(
    "init",
    cls=Command,
    shared=("as_json", "database"),
    examples=(
        "expressb2b init",
        "expressb2b init --database sqlite:////var/lib/expressb2b/shop.db --json",
    ),
)
@pass_invocation
def command(invocation: Invocation) -> None:
    """Make the database and its secret where they are missing, and say what comes next.

    What is there already stays as it is, but for a schema that is brought up to date.
    """
    settings = settings_of(invocation)
    path = file_of(settings.database)
    is_new = path is not None and not path.exists()
    with opened(invocation, makes=True) as b2b:
        newest = b2b.runtime.versions.newest
    shown = next(row.value for row in settings.shown() if row.name == "database")
    told = {"database": shown, "created": is_new, "workspace": "default", "version": newest}
    if invocation.as_json:
        output.print_json(told)
    else:
        click.echo(f"The database {shown} is ready.\n\n{_NEXT}")
