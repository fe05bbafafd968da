"""Opening what a command works on: the settings, the database, one of its workspaces."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from expressb2b_cli.exit_codes import ExitCode, Failure
from expressb2b_cli.invocation import Invocation
from expressb2b_cli.output import note
from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services.scope import COMMAND_LINE
from expressb2b_core.services.workspaces import DEFAULT
from expressb2b_core.storage.database import Database
from expressb2b_core.storage.opening import file_of, open_database
from expressb2b_server import settings as settings_table
from expressb2b_server.settings import Settings

ACTOR = COMMAND_LINE
"""Who stands in the history of what commands change."""

UrlCheck = Callable[[str], str | None]


def settings_of(invocation: Invocation) -> Settings:
    """The settings that flags and environment make.

    Raises:
        Misconfigured: one of them is not usable.
    """
    return settings_table.load({"database": invocation.database}, os.environ)


@contextmanager
def opened(
    invocation: Invocation, *, makes: bool = False, check_webhook_url: UrlCheck | None = None
) -> Iterator[ExpressB2B]:
    """The database. One that does not exist yet is made only where `makes` says so.

    Raises:
        Failure: there is no such file.
        Misconfigured: it cannot be opened.
    """
    settings = settings_of(invocation)
    require_database(settings.database, makes=makes)
    with ExpressB2B(
        settings.database, secret=settings.secret, check_webhook_url=check_webhook_url
    ) as b2b:
        yield b2b


@contextmanager
def workspace_of(
    invocation: Invocation, *, makes: bool = False, check_webhook_url: UrlCheck | None = None
) -> Iterator[Workspace]:
    """The workspace that the call names; `NotFound` when there is none."""
    with opened(invocation, makes=makes, check_webhook_url=check_webhook_url) as b2b:
        yield b2b.workspace(invocation.workspace or DEFAULT, actor=ACTOR)


@contextmanager
def unmigrated(invocation: Invocation, *, makes: bool = False) -> Iterator[Database]:
    """The database as it is; opening it as the other commands do would migrate it."""
    address = settings_of(invocation).database
    require_database(address, makes=makes)
    database = open_database(address)
    try:
        yield database
    finally:
        database.close()


def require_database(address: str, *, makes: bool) -> None:
    """Go on when the database exists, or may be made; otherwise raise `Failure`."""
    path = file_of(address)
    if path is None or path.exists():
        return
    if not makes:
        raise Failure(
            ExitCode.NOT_FOUND,
            "no_database",
            f"There is no database {path}. Make it with `expressb2b init`, or say where it is "
            "with --database or EXPRESSB2B_DATABASE.",
        )
    note(f"Making the database {path}.")
