"""Opening a database by its address, bringing its schema up to date, and finding its secret."""

from __future__ import annotations

import os
import re
from contextlib import nullcontext, suppress
from pathlib import Path
from urllib.parse import unquote

import peewee

from expressb2b_core.errors import Misconfigured, StorageUnavailable
from expressb2b_core.storage.database import Database
from expressb2b_core.storage.postgresql import Postgresql
from expressb2b_core.storage.sqlite import Sqlite
from expressb2b_core.storage.write_gate import WriteGate

# FULL, since a 201 is a promise. What a statement might have to undo stays in memory: in a file it
# would be made and removed with nearly every order. A checkpoint writes a page once, however many
# orders changed it: the fewer the better, as long as the log stays small (4000 pages are 16 MB).
# Each thread's connection has a cache of its own, 8 MB: what is not there, the system has.
SQLITE_PRAGMAS = (
    ("busy_timeout", 5_000),
    ("journal_mode", "wal"),
    ("synchronous", "full"),
    ("foreign_keys", 1),
    ("cache_size", -8_000),
    ("wal_autocheckpoint", 4_000),
    ("temp_store", 2),
)

# A server whose machine or network is gone must not hold anybody for the system's two hours.
POSTGRES_DEFAULTS = {
    "application_name": "expressb2b",
    "client_encoding": "utf8",
    "connect_timeout": 4,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

# It stands before the host, or is a parameter.
_PASSWORD = re.compile(r"(?<=://)([^/@:]*:)[^/@]*(?=@)|([?&](?:ssl)?password=)[^&]*")

_SQLITE = "sqlite:///"
_POSTGRES = "postgresql://"


def open_database(address: str | peewee.Database) -> Database:
    """Open `sqlite:///file`, `sqlite:///:memory:`, `postgresql://…`, or a peewee database.

    Raises:
        Misconfigured: the address is not understood, the file cannot be made or opened, or the
            server is not one that this release works with.
        StorageUnavailable: the server cannot be reached; the text says why.
    """
    database = _from_address(address) if isinstance(address, str) else address
    if isinstance(database, peewee.SqliteDatabase):
        return _opened_sqlite(database)
    if isinstance(database, peewee.PostgresqlDatabase):
        return _opened_postgres(database)
    raise ValueError(f"{type(database).__name__} is not supported: use SQLite or PostgreSQL")


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


def _opened_sqlite(database: peewee.SqliteDatabase) -> Database:
    path = sqlite_path(database)
    if path is not None:
        _keep_from_others(path)
    gate = WriteGate(Path(f"{path}.write-lock") if path else None)
    _set_pragmas(database, gate)
    return Sqlite(database, gate)


def _keep_from_others(path: Path) -> None:
    """Make a file that is missing readable by its owner alone; SQLite would let everybody read.

    One that is there is not even opened: closing it would let go of the locks that this process
    has on it. https://sqlite.org/howtocorrupt.html
    """
    with suppress(OSError):  # it is there already, or SQLite says what is in its way
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _opened_postgres(database: peewee.PostgresqlDatabase) -> Database:
    opened = Postgresql(database)
    try:
        opened.check()
    except BaseException:
        opened.close()
        raise
    return opened


def _set_pragmas(database: peewee.SqliteDatabase, gate: WriteGate) -> None:
    try:
        for name, value in SQLITE_PRAGMAS:
            # Switching a new file to WAL fails at once while another process does the same:
            # SQLite does not heed busy_timeout there. So they take turns.
            switching = name == "journal_mode" and database.pragma(name) != value
            with gate if switching else nullcontext():
                database.pragma(name, value, permanent=True)
        encoding = database.pragma("encoding")
    except (peewee.DatabaseError, StorageUnavailable) as error:
        raise Misconfigured(
            f"The database {database.database} cannot be opened: {error}. "
            "Its folder must exist, be on a local disk and be writable."
        ) from error
    if encoding != "UTF-8":  # what a page casts to bytes would be in it
        raise Misconfigured(
            f"The database {database.database} has the encoding {encoding}: make one in UTF-8."
        )


def _from_address(address: str) -> peewee.Database:
    if address.startswith("sqlite:"):
        return _sqlite(address)
    if address.startswith((_POSTGRES, "postgres://")):
        return _postgres(address)
    raise Misconfigured(
        f"The database address {without_password(address)!r} is not understood; it looks like "
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
        raise Misconfigured(
            f"The folder {folder} cannot be made ({error.strerror}): make it, or choose another "
            "place with --database."
        ) from error
    if not os.access(folder, os.W_OK):
        raise Misconfigured(
            f"The folder {folder} is not writable, and SQLite needs to write there: change its "
            "rights, or choose another place with --database."
        )


def _postgres(address: str) -> peewee.PostgresqlDatabase:
    """A database whose address is left to libpq, with defaults for what it does not say."""
    try:
        from psycopg import ProgrammingError, conninfo  # noqa: PLC0415 - an extra
    except ImportError:
        raise Misconfigured(
            "PostgreSQL needs the driver psycopg 3: pip install 'expressb2b[postgres]'."
        ) from None
    address = address.replace("postgres://", _POSTGRES, 1)
    try:
        given = conninfo.conninfo_to_dict(address)
    except ProgrammingError as error:
        raise Misconfigured(f"The database address is not understood: {error}.") from None
    defaults = {name: value for name, value in POSTGRES_DEFAULTS.items() if name not in given}
    database = peewee.PostgresqlDatabase(address, prefer_psycopg3=True)
    database.connect_params.update(defaults)
    return database


def without_password(address: str) -> str:
    """An address with `…` in the place of its password, wherever libpq would read one."""
    return _PASSWORD.sub(lambda found: f"{found[1] or found[2]}…", address)
