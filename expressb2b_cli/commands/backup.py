"""`expressb2b backup`: a SQLite database with its secret, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from expressb2b_cli import output
from expressb2b_cli.exit_codes import ExitCode, Failure
from expressb2b_cli.groups import Group
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.session import opened, settings_of
from expressb2b_core.runtime import SystemClock
from expressb2b_core.services import backups
from expressb2b_core.storage.opening import file_of
from expressb2b_server.server_lock import only_server

command = Group("backup", help="Back up, verify and restore a SQLite database with its secret.")


@command.command(
    "create",
    shared=("as_json", "database"),
    examples=(
        "expressb2b backup create",
        "expressb2b backup create /mnt/backups/shop-$(date +%F).tar --json",
    ),
)
@click.argument("target", metavar="[FILE]", required=False)
@pass_invocation
def create(invocation: Invocation, target: str | None) -> None:
    """Back up the database and its secret to FILE, while the server goes on working.

    If no FILE is named it goes to a folder `backups` beside the database. Keep it where nobody
    else can read it: the secret signs webhooks and sessions. A file that exists is not
    overwritten.
    """
    with opened(invocation) as b2b:
        path = backups.default_path(b2b.runtime) if target is None else Path(target)
        manifest = backups.create(b2b.runtime, path)
    size_bytes = path.stat().st_size
    told = {"file": str(path), "size_bytes": size_bytes, "has_secret": manifest.has_secret}
    output.show(invocation, told | manifest.to_dict())
    if not manifest.has_secret:
        output.note("The secret is not in it: it is given from outside. Keep that as well.")


@command.command(
    "verify",
    shared=("as_json",),
    examples=(
        "expressb2b backup verify backups/expressb2b-20260315T143207Z.tar",
        "expressb2b backup verify shop.tar --json",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_invocation
def verify(invocation: Invocation, file: Path) -> None:
    """Check that FILE is whole: its checksums, and the database inside it."""
    manifest = backups.verify(file)
    output.show(
        invocation, {"sound": True, "has_secret": manifest.has_secret, **manifest.to_dict()}
    )


@command.command(
    "restore",
    shared=("as_json", "database"),
    examples=(
        "expressb2b backup restore shop.tar --database sqlite:///trial/expressb2b.db",
        "expressb2b backup restore backups/expressb2b-20260315T143207Z.tar --force",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Move aside the database that is there already.")
@pass_invocation
def restore(invocation: Invocation, file: Path, force: bool) -> None:
    """Put the database and the secret of FILE in the place of --database.

    A database that is there already is not touched unless told with --force, and never while a
    program has it open. It is moved aside, not deleted.
    """
    address = settings_of(invocation).database
    place = file_of(address)
    if place is None:
        detail = "A backup is restored to a SQLite file: --database sqlite:///folder/file.db."
        raise Failure(ExitCode.USAGE, "usage", detail)
    with only_server(address):
        moved = backups.restore(file, place, force=force, now=SystemClock().now())
    output.show(invocation, {"database": str(place), "moved_aside": [str(one) for one in moved]})
