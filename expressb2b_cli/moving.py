"""Moving to another database: both are opened, the secret goes along, progress is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from expressb2b_cli.exit_codes import ExitCode, Failure
from expressb2b_cli.output import note
from expressb2b_core.express import load_secret
from expressb2b_core.runtime import SystemClock
from expressb2b_core.services.copying import CopiedTable, Progress, copy_everything
from expressb2b_core.storage.database import Database
from expressb2b_core.storage.opening import file_of, open_database, without_password
from expressb2b_server.server_lock import only_server

_TOLD_EVERY_ROWS = 50_000


def move(source: str, target: str, secret: str | None) -> Sequence[CopiedTable]:
    """Copy everything from one address to another, and the secret beside a SQLite file.

    Raises:
        DatabaseInUse: a server has one of the files open.
        Failure: another secret lies beside the target.
        Conflict: the target is not empty, or does not read the same afterwards.
    """
    with only_server(source), only_server(target), _open(source) as old, _open(target) as new:
        given = load_secret(old.peewee) if file_of(source) and secret is None else secret
        found = given.decode() if isinstance(given, bytes) else given
        place = file_of(target)
        if place is not None:
            _require_same_secret(_secret_of(place), found)
        copied = copy_everything(old, new, without_password(source), SystemClock().now(), _teller())
    _carry_secret(place, found, file_of(source))
    return copied


@contextmanager
def _open(address: str) -> Iterator[Database]:
    with closing(open_database(address)) as database:
        yield database


def _teller() -> Callable[[Progress], None]:
    def tell(step: Progress) -> None:
        is_complete = step.rows == step.of_rows
        if is_complete or step.rows % _TOLD_EVERY_ROWS == 0:
            verb = "checked" if step.is_checked else "copied"
            note(f"{step.table}: {step.rows} of {step.of_rows} {verb}")

    return tell


def _secret_of(database: Path) -> Path:
    return Path(f"{database}.secret")


def _require_same_secret(path: Path, secret: str | None) -> None:
    if path.exists() and path.read_text().strip() != secret:
        raise Failure(
            ExitCode.REFUSED,
            "another_secret",
            f"{path} is the secret of another database: remove it, or copy to another place.",
        )


def _carry_secret(target: Path | None, secret: str | None, source: Path | None) -> None:
    """Webhooks are signed with what comes from the secret: it has to stay the same."""
    if target is None:
        where = f"; it is in {_secret_of(source)}" if source is not None else ""
        note(f"Give all nodes the same secret as before (EXPRESSB2B_SECRET_FILE){where}.")
    elif secret is None:
        note(f"Put the secret of the nodes into {_secret_of(target)} before you start a server.")
    elif not _secret_of(target).exists():
        descriptor = os.open(_secret_of(target), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secret + "\n")
