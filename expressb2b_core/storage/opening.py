"""Opening a database by its address, bringing its schema up to date, and finding its secret."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import peewee

from expressb2b_core.errors import Misconfigured
from expressb2b_core.storage.database import Database
from expressb2b_core.storage.write_gate import WriteGate

# busy_timeout first: switching to WAL needs a lock as well. FULL, since a 201 is a promise.
SQLITE_PRAGMAS = (
    ("busy_timeout", 5_000),
    ("journal_mode", "wal"),
    ("synchronous", "full"),
    ("foreign_keys", 1),
    ("cache_size", -32_000),
)

_SQLITE = "sqlite:///"


def open_database(address: str | peewee.Database) -> Database:
    """Open `sqlite:///file`, `sqlite:///:memory:`, `postgresql://…`, or a peewee database.

    Raises:
        Misconfigured: the address is not understood, or the file cannot be made or opened.
    """
    database = _from_address(address) if isinstance(address, str) else address
    if isinstance(database, peewee.SqliteDatabase):
        for name, value in SQLITE_PRAGMAS:
            _set_pragma(database, name, value)
    path = sqlite_path(database)
    gate = WriteGate(Path(f"{path}.write-lock") if path else None)
    return Database(database, gate)


def file_of(address: str) -> Path | None:
    """The file that a SQLite address names; None for one in memory, and for PostgreSQL."""
    if not address.startswith(_SQLITE):
        return None
    name = unquote(address.removeprefix(_SQLITE))
    return None if name in ("", ":memory:") else Path(name)


def sqlite_path(database: peewee.Database) -> Path | None:
    """The file of a SQLite database; None for one in memory and for PostgreSQL."""
    if not isinstance(database, peewee.SqliteDatabase):
        return None
    name = str(database.database)
    if name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def _set_pragma(database: peewee.SqliteDatabase, name: str, value: int | str) -> None:
    try:
        database.pragma(name, value, permanent=True)
    except peewee.DatabaseError as error:
        raise Misconfigured(
            f"The database {database.database} cannot be opened: {error}. "
            "Its folder must exist, be on a local disk and be writable."
        ) from error


def _from_address(address: str) -> peewee.Database:
    if address.startswith("sqlite:"):
        return _sqlite(address)
    if address.startswith(("postgresql://", "postgres://")):
        return _postgres(address)
    raise Misconfigured(
        f"The database address {_without_password(address)!r} is not understood; it looks like "
        "sqlite:///folder/expressb2b.db or postgresql://user@host/name."
    )


def _sqlite(address: str) -> peewee.SqliteDatabase:
    if not address.startswith(_SQLITE):
        raise Misconfigured(
            "A SQLite address has three slashes before a relative path (sqlite:///data/shop.db) "
            "and four before an absolute one (sqlite:////var/lib/shop.db)."
        )
    path = file_of(address)
    if path is None:
        return peewee.SqliteDatabase(":memory:", thread_safe=False, check_same_thread=False)
    make_folder(path.parent)
    return peewee.SqliteDatabase(str(path), cached_statements=512)


def make_folder(folder: Path) -> None:
    """Make the folder of a database where it is missing; `Misconfigured` when that fails."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"The folder {folder} cannot be made: {error}.") from error
    if not os.access(folder, os.W_OK):
        raise Misconfigured(f"The folder {folder} is not writable; SQLite needs to write there.")


def _postgres(address: str) -> peewee.PostgresqlDatabase:
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query))
    return peewee.PostgresqlDatabase(
        unquote(parts.path.lstrip("/")),
        host=parts.hostname,
        port=parts.port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        prefer_psycopg3=True,
        **options,  # type: ignore[arg-type]
    )


def _without_password(address: str) -> str:
    parts = urlsplit(address)
    if parts.password is None:
        return address
    return address.replace(f":{parts.password}@", ":…@")
