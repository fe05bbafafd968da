"""What differs between SQLite and PostgreSQL, in one place."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

_SQLITE_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_POSTGRES_RETRY = frozenset({"40001", "40P01"})
# Connection trouble, out of resources, shutting down or failing, read-only for now (a standby), and
# a lock or a statement that took too long.
_POSTGRES_UNAVAILABLE = ("08", "53", "57P", "58", "25006", "55P03", "57014")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The name and the error codes of one kind of database."""

    name: str
    locks_rows: bool
    """Several transactions write at a time, so a read has to hold what a change will follow."""
    merges_unions: bool
    """Arms of a sorted union are merged, and read no further than needed, without being told."""

    def is_unavailable(self, error: Exception) -> bool:
        """The database cannot do it now, though the statement is right."""
        if isinstance(error, sqlite3.Error):
            code = getattr(error, "sqlite_errorcode", None)
            return code is not None and (code & 0xFF) in _SQLITE_UNAVAILABLE
        state = _sqlstate(error)
        if state is None:
            return type(error).__name__ in {"OperationalError", "ConnectionTimeout"}
        return state.startswith(_POSTGRES_UNAVAILABLE)

    def wants_retry(self, error: Exception) -> bool:
        """Another transaction came first; the same work may succeed when run again."""
        return _sqlstate(error) in _POSTGRES_RETRY

    def is_duplicate(self, error: Exception) -> bool:
        """A unique constraint was violated."""
        if isinstance(error, sqlite3.IntegrityError):
            code = error.sqlite_errorcode
            return code in (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
        return _sqlstate(error) == "23505"


def _sqlstate(error: Exception) -> str | None:
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else None


SQLITE = Dialect("sqlite", locks_rows=False, merges_unions=True)
POSTGRES = Dialect("postgresql", locks_rows=True, merges_unions=False)
