"""Copies of a SQLite database: made while it is in use, examined, and kept from being overwritten.

What belongs to a backup besides the database is left to `backups`.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from expressb2b_core.errors import DatabaseInUse
from expressb2b_core.storage.database import Database

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
COMPANIONS = ("", "-wal", "-shm")
"""What a SQLite database may consist of: the file and what is written beside it."""


def copy_to(database: Database, target: Path) -> None:
    """Write a copy, as of one moment, to a file that does not exist yet, and on to the disk.

    It is one read transaction: nobody waits for it, and nothing half-written is in it. A copy that
    is made step by step would begin anew with every write, and never end on a busy database.

    Raises:
        StorageUnavailable: there is no room, or no right to write there.
    """
    database.run_sql("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def problem_of(path: Path) -> str | None:
    """What is wrong with the SQLite database in this file; None when it is whole."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            told = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if told == ["ok"] else "; ".join(told)


def schema_in(path: Path) -> int | None:
    """The schema of the database in this file; None when it is no database of ours."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            row = connection.execute("SELECT version FROM schema_version").fetchone()
    except sqlite3.DatabaseError:
        return None
    return None if row is None else int(row[0])


def require_unused(path: Path) -> None:
    """Go on when no program has this database open; its file is then complete by itself.

    One that is damaged cannot be asked, and passes.

    Raises:
        DatabaseInUse: some program has it open.
    """
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            # Leaving the write-ahead log takes the one lock that no other connection allows.
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _BUSY:
            raise DatabaseInUse(
                f"Another program has {path} open: stop it first, or restore to another place "
                "with --database."
            ) from error
    except sqlite3.DatabaseError:
        return
