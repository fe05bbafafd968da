"""Is the database itself whole, and of the schema of this release?"""

from __future__ import annotations

from collections.abc import Iterator

from expressb2b_core.errors import DatabaseNewer
from expressb2b_core.runtime import Runtime
from expressb2b_core.services.health.findings import RESTORE, Finding
from expressb2b_core.storage import migrations
from expressb2b_core.storage.database import Database

_ALL_IS_WELL = "ok"


def check_integrity(runtime: Runtime) -> Iterator[Finding]:
    """What SQLite itself finds wrong with its file; PostgreSQL sees to this on its own."""
    database = runtime.database
    if database.dialect.name != "sqlite":
        return
    for (told,) in database.run_sql("PRAGMA integrity_check"):
        if told != _ALL_IS_WELL:
            yield Finding("error", "database", told, RESTORE)
    for table, row_id, parent, _ in database.run_sql("PRAGMA foreign_key_check"):
        detail = f"row {row_id} refers to a row of {parent} that does not exist"
        yield Finding("error", table, detail, RESTORE)


def check_schema(runtime: Runtime) -> Iterator[Finding]:
    """Steps that have not been walked yet, or a release that is too old."""
    return schema_findings(runtime.database)


def schema_findings(database: Database) -> Iterator[Finding]:
    """The same of a database that was opened without bringing it up to date."""
    try:
        pending = migrations.pending(database)
    except DatabaseNewer as newer:
        yield Finding("error", "schema", newer.detail, "Install the newer release.")
        return
    if pending:
        detail = f"schema {', '.join(map(str, pending))} is still to come"
        yield Finding("error", "schema", detail, "Make a backup, then run `expressb2b db migrate`.")
