"""`expressb2b db`: the schema of the database."""

from __future__ import annotations

from expressb2b_cli import output
from expressb2b_cli.groups import Group
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.session import unmigrated
from expressb2b_core.runtime import SystemClock
from expressb2b_core.storage import migrations

command = Group("db", help="See and bring up to date the schema of the database.")


@command.command(
    "status",
    shared=("as_json", "database"),
    examples=("expressb2b db status", "expressb2b db status --database sqlite:///shop.db --json"),
)
@pass_invocation
def status(invocation: Invocation) -> None:
    """Show which schema the database has, and what is pending; change nothing.

    A database that was written by a newer release is refused with exit code 1.
    """
    with unmigrated(invocation, makes=False) as database:
        pending = migrations.pending(database)
        found = {
            "kind": database.dialect.name,
            "schema": migrations.schema_version(database),
            "pending": pending,
            "up_to_date": not pending,
        }
    output.show(invocation, found)


@command.command(
    "migrate",
    shared=("as_json", "database"),
    examples=(
        "expressb2b db migrate",
        "expressb2b db migrate --database postgresql://shop@db.example.com/shop",
    ),
)
@pass_invocation
def migrate(invocation: Invocation) -> None:
    """Bring the database to the schema of this release, making it where it is missing.

    The server does the same when it starts. Make a backup before an upgrade.
    """
    with unmigrated(invocation, makes=True) as database:
        applied = migrations.migrate(database, SystemClock().now())
        schema = migrations.schema_version(database)
    output.show(invocation, {"schema": schema, "applied": applied})
