"""The tables of this release as SQL, for each dialect."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import peewee

from expressb2b_core.storage.dialects import POSTGRES, Dialect
from expressb2b_core.storage.tables import TABLES, WholeNumbersField

WHOLE_NUMBERS = WholeNumbersField.field_type

# Written with each request, and worth nothing after a minute: neither logged nor compressed.
_KEEP_WINDOWS_CHEAP = (
    "ALTER TABLE rate_windows SET UNLOGGED",
    "ALTER TABLE rate_windows SET (fillfactor = 50)",
    "ALTER TABLE rate_windows ALTER slots SET STORAGE PLAIN, ALTER totals SET STORAGE PLAIN",
)
# Changed in place with each order: room for it in the page spares the index.
_KEEP_TALLIES_CHEAP = ("ALTER TABLE order_tallies SET (fillfactor = 50)",)
_ONLY_ON_SQLITE = " WITHOUT ROWID"


@cache
def drawn(dialect: Dialect) -> Sequence[str]:
    """The statements that make all tables and indexes in an empty database."""
    if dialect is POSTGRES:
        return _on_postgres()
    paper = _SqlitePaper()
    types = paper.get_context_options()["field_types"] | {WHOLE_NUMBERS: "TEXT"}
    for table in TABLES:
        peewee.SchemaManager(table, paper, field_types=types).create_all(safe=False)
    return paper.written


def _on_postgres() -> Sequence[str]:
    paper = _PostgresPaper()
    # Text is compared byte by byte whatever the database's own collation is, as SQLite does it: the
    # same lists in the same order, and indexes that survive an upgrade of the system's locales.
    own = {"TEXT": 'TEXT COLLATE "C"', WHOLE_NUMBERS: "BIGINT[]"}
    types = paper.get_context_options()["field_types"] | own
    for table in TABLES:
        peewee.SchemaManager(table, paper, field_types=types).create_all(safe=False)
    return [*paper.written, *_KEEP_WINDOWS_CHEAP, *_KEEP_TALLIES_CHEAP]


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
        self.written.append(sql.removesuffix(_ONLY_ON_SQLITE))
