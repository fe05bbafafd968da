"""The tables of this release as SQL, for each dialect."""

from __future__ import annotations

from collections.abc import Sequence

import peewee

from expressb2b_core.storage.dialects import POSTGRES, Dialect
from expressb2b_core.storage.tables import TABLES


def drawn(dialect: Dialect) -> Sequence[str]:
    """The statements that make all tables and indexes in an empty database."""
    if dialect is POSTGRES:
        return _on_postgres()
    paper = _SqlitePaper()
    for table in TABLES:
        peewee.SchemaManager(table, paper).create_all(safe=False)
    return paper.written


def _on_postgres() -> Sequence[str]:
    paper = _PostgresPaper()
    # Text is compared byte by byte whatever the database's own collation is, as SQLite does it: the
    # same lists in the same order, and indexes that survive an upgrade of the system's locales.
    types = paper.get_context_options()["field_types"] | {"TEXT": 'TEXT COLLATE "C"'}
    for table in TABLES:
        peewee.SchemaManager(table, paper, field_types=types).create_all(safe=False)
    return paper.written


class _SqlitePaper(peewee.SqliteDatabase):
    """Takes statements down instead of running them."""

    def __init__(self) -> None:
        super().__init__(None)
        self.written: list[str] = []

    def execute_sql(self, sql: str, params: object = None) -> None:
        self.written.append(sql)


class _PostgresPaper(peewee.PostgresqlDatabase):
    """Takes statements down instead of running them."""

    def __init__(self) -> None:
        super().__init__(None, prefer_psycopg3=True)
        self.written: list[str] = []

    def execute_sql(self, sql: str, params: object = None) -> None:
        self.written.append(sql)
