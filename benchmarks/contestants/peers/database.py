"""The database of the shop on SQLAlchemy, with the SQLite settings that ours has."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from expressb2b_core.storage.opening import SQLITE_PRAGMAS


class Sessions(NamedTuple):
    """How to begin: a session that reads, and one that has the write lock from its first query."""

    reading: sessionmaker[Session]
    writing: sessionmaker[Session]


def open_database(path: str, threads: int, synchronous: str = "full") -> Sessions:
    """Sessions on this file for so many threads."""
    engine = create_engine(f"sqlite:///{path}", pool_size=threads + 1, max_overflow=threads)

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions are begun below
        for name, value in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {name} = {value}")
        connection.execute(f"PRAGMA synchronous = {synchronous}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes then would fail when another one wrote between.
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    writing = engine.execution_options(immediate=True)
    return Sessions(
        sessionmaker(engine, expire_on_commit=False), sessionmaker(writing, expire_on_commit=False)
    )
