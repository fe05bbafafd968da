"""`expressb2b db`: the schema of the database, moving it, and what is removed from it in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import click

from expressb2b_cli import output
from expressb2b_cli.groups import Group
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.moving import move
from expressb2b_cli.option_types import database_address
from expressb2b_cli.session import ACTOR, opened, require_database, settings_of, unmigrated
from expressb2b_core.runtime import Runtime, SystemClock
from expressb2b_core.services import audit, idempotency
from expressb2b_core.services.deliveries import Deliveries
from expressb2b_core.storage import migrations

command = Group("db", help="See, bring up to date and move the database, and forget what is old.")

_REPLIES_AT_ONCE = 1000


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


@command.command(
    "copy",
    shared=("as_json", "database"),
    examples=(
        "expressb2b db copy --to postgresql://shop@db.example.com/shop",
        "expressb2b db copy --database postgresql://shop@db/shop --to sqlite:///shop.db --json",
    ),
)
@click.option(
    "--to",
    "target",
    required=True,
    type=database_address,
    metavar="ADDRESS",
    help="An empty database. Leave its password to PGPASSWORD or ~/.pgpass.",
)
@pass_invocation
def copy(invocation: Invocation, target: str) -> None:
    """Copy everything to another database: from SQLite to PostgreSQL, or back.

    Stop the servers first. The target has to be empty. Afterwards both are read and compared,
    row by row; if anything differs, the target stays empty. Point the servers to the target
    then, with the same secret: a file beside SQLite is brought along.
    """
    settings = settings_of(invocation)
    require_database(settings.database, makes=False)
    copied = move(settings.database, target, settings.secret)
    tables = [table._asdict() for table in copied]
    output.show(invocation, {"rows": sum(table.rows for table in copied), "tables": tables})


@command.command(
    "prune",
    shared=("as_json", "database"),
    examples=("expressb2b db prune", "expressb2b db prune --json"),
)
@pass_invocation
def prune(invocation: Invocation) -> None:
    """Remove deliveries that succeeded over 30 days ago, and replies kept for repeats over 7 days.

    In small steps, so that a running server is not held up; it does the same by itself every
    hour. Events are kept, and so are deliveries that failed.
    """
    with opened(invocation) as b2b:
        found = {
            "deliveries": _until_nothing(Deliveries(b2b.runtime).prune, "deliveries"),
            "idempotent_replies": _until_nothing(
                lambda: idempotency.prune(b2b.runtime, _REPLIES_AT_ONCE), "replies"
            ),
        }
        if any(found.values()):
            _note_pruned(b2b.runtime, found)
    output.show(invocation, found)


def _note_pruned(runtime: Runtime, removed: Mapping[str, int]) -> None:
    runtime.database.write(
        lambda: audit.record_installation(
            runtime, ACTOR, "database.pruned", "database", None, removed
        )
    )


def _until_nothing(step: Callable[[], int], noun: str) -> int:
    removed = 0
    while found := step():
        removed += found
        output.note(f"{removed} {noun} removed …")
    return removed
