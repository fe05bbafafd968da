"""Backups of a SQLite database with its secret, in one file: made, verified, restored.

PostgreSQL has tools of its own for this (`pg_dump`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from expressb2b_core.errors import Conflict, DatabaseNewer, Misconfigured
from expressb2b_core.inputs.moments import text
from expressb2b_core.runtime import Runtime
from expressb2b_core.services import audit
from expressb2b_core.services.backup_files import (
    DATABASE,
    SECRET,
    DamagedBackup,
    Manifest,
    pack,
    unpacked,
)
from expressb2b_core.services.scope import COMMAND_LINE
from expressb2b_core.storage import copies
from expressb2b_core.storage.opening import open_database, sqlite_path
from expressb2b_core.storage.tables import SCHEMA_VERSION

__all__ = ["DamagedBackup", "Manifest", "create", "default_path", "restore", "verify"]


def default_path(runtime: Runtime) -> Path:
    """Where a backup made now goes when nobody says where: `backups` beside the database."""
    name = f"expressb2b-{_stamp(runtime.clock.now())}.tar"
    return _database_file(runtime).parent / "backups" / name


def create(runtime: Runtime, target: Path) -> Manifest:
    """Write a backup, while others go on reading and writing.

    The file appears when it is complete, readable by its owner alone.

    Raises:
        Misconfigured: it is no SQLite database in a file.
        Conflict: the target exists.
        StorageUnavailable: there is no room, or no right to write there.
    """
    source = _database_file(runtime)
    if target.exists():
        raise Conflict(f"{target} exists already; name another file.")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
        parts = _collect(runtime, source, Path(folder))
        draft = Path(folder) / "backup.tar"
        manifest = pack(draft, parts, SCHEMA_VERSION, runtime.clock.now())
        draft.replace(target)
    _note(runtime, target)
    return manifest


def _note(runtime: Runtime, target: Path) -> None:
    """Put it on record, for the panel to say how old the last backup is."""
    told = {"file": target.name}
    runtime.database.write(
        lambda: audit.record_installation(
            runtime, COMMAND_LINE, "backup.created", "backup", None, told
        )
    )


def verify(backup: Path) -> Manifest:
    """What a backup holds, after its checksums and its database have been examined.

    Raises:
        DamagedBackup: something is wrong with it; the text says what.
    """
    folder = backup.parent if os.access(backup.parent, os.W_OK) else None
    with unpacked(backup, folder) as (_, manifest):
        return manifest


def restore(backup: Path, database: Path, *, force: bool, now: int) -> list[Path]:
    """Put the database of a backup, and its secret, in this place.

    That it was restored is the last entry of its audit log.

    Args:
        backup: The file that `create` wrote.
        database: Where the database is to be.
        force: What is there already is moved aside instead of refusing.
        now: Stands in the audit log, and ends the names of what is moved aside.

    Returns:
        What was moved aside, under its new names.

    Raises:
        DamagedBackup: the backup cannot be used; nothing was changed.
        Conflict: there is a database already.
        DatabaseInUse: some program has it open.
        DatabaseNewer: the backup is a newer release's.
    """
    if database.exists() and not force:
        raise Conflict(f"There is a database {database} already; --force moves it aside.")
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with unpacked(backup, database.parent) as (folder, manifest):
        if manifest.schema > SCHEMA_VERSION:
            raise DatabaseNewer(manifest.schema, SCHEMA_VERSION)
        _note_restored(folder / DATABASE, backup, manifest, now)
        moved = _move_aside(database, _stamp(now), with_secret=manifest.has_secret)
        (folder / DATABASE).replace(database)
        if manifest.has_secret:
            (folder / SECRET).replace(_secret_of(database))
    return moved


def _note_restored(draft: Path, backup: Path, manifest: Manifest, now: int) -> None:
    """Put it on record in the database itself, before that is in its place."""
    told = {"file": backup.name, "made_at": manifest.created_at}
    with closing(open_database(f"sqlite:///{quote(str(draft))}")) as database:
        database.write(lambda: audit.record_move(database, now, "backup.restored", "backup", told))


def _stamp(now: int) -> str:
    return text(now).replace("-", "").replace(":", "")


def _database_file(runtime: Runtime) -> Path:
    path = sqlite_path(runtime.database.peewee)
    if path is None:
        raise Misconfigured(
            "Only a SQLite database in a file can be backed up like this; use pg_dump for "
            "PostgreSQL."
        )
    return path


def _secret_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.secret")


def _collect(runtime: Runtime, source: Path, folder: Path) -> dict[str, Path]:
    parts = {DATABASE: folder / DATABASE}
    copies.copy_to(runtime.database, parts[DATABASE])
    if _secret_of(source).exists():
        parts[SECRET] = folder / SECRET
        shutil.copyfile(_secret_of(source), parts[SECRET])
    return parts


def _move_aside(database: Path, stamp: str, *, with_secret: bool) -> list[Path]:
    if database.exists():
        copies.require_unused(database)
    # A log that was left behind would be replayed into the restored database.
    present = [database.with_name(f"{database.name}{end}") for end in copies.COMPANIONS]
    if with_secret:
        present.append(_secret_of(database))
    return [
        path.rename(path.with_name(f"{path.name}.replaced-{stamp}"))
        for path in present
        if path.exists()
    ]
