"""Bringing a database to the schema of this release, under a lock.

An empty database gets the tables as `tables.py` draws them. An older one walks the steps of
`STEPS`, each from one schema to the next; a test proves that both ways end at the same schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from expressb2b_core.errors import DatabaseNewer
from expressb2b_core.storage.database import Database
from expressb2b_core.storage.migrations import version_2, version_3, version_4
from expressb2b_core.storage.schema import drawn
from expressb2b_core.storage.statements import Statement, all_values_from
from expressb2b_core.storage.tables import SCHEMA_VERSION, SchemaVersion

Step = Callable[[Database], None]

_stamp = Statement(lambda: SchemaVersion.insert(all_values_from(SchemaVersion)))

STEPS: Mapping[int, Step] = {
    2: version_2.migrate,
    3: version_3.migrate,
    4: version_4.migrate,
}
"""The step *to* each schema, from the one before it."""


def schema_version(database: Database) -> int:
    """The schema of this database; 0 when it is empty."""
    if not database.has_table(SchemaVersion._meta.table_name):
        return 0
    found = database.run_sql("SELECT version FROM schema_version")
    return int(found[0][0]) if found else 0


def pending(database: Database) -> list[int]:
    """The schemas that `migrate` would walk through, oldest first.

    Raises:
        DatabaseNewer: the database is ahead of this release.
    """
    found = schema_version(database)
    if found > SCHEMA_VERSION:
        raise DatabaseNewer(found, SCHEMA_VERSION)
    return [SCHEMA_VERSION] if found == 0 else list(range(found + 1, SCHEMA_VERSION + 1))


def migrate(database: Database, now: int) -> list[int]:
    """Do what is pending, in one transaction; two processes may start at once.

    Returns:
        The schemas that were walked through; empty when there was nothing to do.
    """
    if not pending(database):
        return []
    return database.write(lambda: _migrate_alone(database, now))


def _migrate_alone(database: Database, now: int) -> list[int]:
    database.hold_schema()
    steps = pending(database)
    if not steps:
        return []
    if schema_version(database) == 0:
        _create_all(database)
    else:
        for step in steps:
            STEPS[step](database)
    database.run_sql("DELETE FROM schema_version")
    database.execute(_stamp, id=1, version=SCHEMA_VERSION, migrated_at=now)
    return steps


def _create_all(database: Database) -> None:
    for sql in drawn(database.dialect):
        database.run_sql(sql)
