"""Moves everything from one database to another: SQLite to PostgreSQL, and back.

The source is read as of one moment; the target gets all of it in one transaction, and only if it
reads the same there. Opening databases and carrying the secret along is left to the caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import peewee

from expressb2b_core.errors import Conflict, Misconfigured
from expressb2b_core.services import audit
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Database, Row
from expressb2b_core.storage.migrations import migrate, schema_version
from expressb2b_core.storage.statements import InsertStatement, Statement, param

# What is over in a minute stays behind, and the target has a schema of its own.
_LEFT_BEHIND = (tables.SchemaVersion, tables.RateLog, tables.RateWindow)
_BATCH = 1000


class Progress(NamedTuple):
    """How far a table has come; `is_checked` when it is read again to be compared."""

    table: str
    rows: int
    of_rows: int
    is_checked: bool


class CopiedTable(NamedTuple):
    """A table that reads the same in both databases; `checksum` is the SHA-256 of its rows."""

    table: str
    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class _Table:
    """How to read a table in the order of its key, a batch at a time, and write it."""

    name: str
    truths: frozenset[int]
    key: Sequence[int]
    counted: Statement
    first: Statement
    after: Statement
    added: InsertStatement
    is_numbered: bool


def copy_everything(
    source: Database, target: Database, origin: str, now: int, tell: Callable[[Progress], None]
) -> Sequence[CopiedTable]:
    """Copy all tables to an empty database, making its tables where they are missing.

    What is written to the source meanwhile is not copied: stop the servers before. Where it came
    from is the last entry of the target's audit log.

    Args:
        source: Where everything is.
        target: Where there is nothing yet.
        origin: The address of the source, without a password.
        now: Stands in the target as the time of its migration, and of its arrival.
        tell: Is called after each batch.

    Raises:
        Misconfigured: the source has not the schema of this release.
        Conflict: there is something in the target already; or it does not read the same, and
            then it was left empty.
    """
    if schema_version(source) != tables.SCHEMA_VERSION:
        raise Misconfigured(
            "The source has not the schema of this release: migrate it first (`db migrate`)."
        )
    migrate(target, now)

    def work() -> Sequence[CopiedTable]:
        target.take_time()
        _require_empty(target)
        copied = [_copy(source, target, table, tell) for table in _TABLES]
        told = {"from": origin, "rows": sum(table.rows for table in copied)}
        audit.record_move(target, now, "database.copied", "database", told)
        return copied

    with source.snapshot():
        source.take_time()
        return target.write(work)


def _require_empty(target: Database) -> None:
    for table in _TABLES:
        if _count(target, table):
            raise Conflict(f"The target is not empty: there is something in {table.name} already.")


def _copy(
    source: Database, target: Database, table: _Table, tell: Callable[[Progress], None]
) -> CopiedTable:
    total, done = _count(source, table), 0
    digest = hashlib.sha256()
    for batch in _batches(source, table):
        target.insert_rows(table.added, batch)
        _add(digest, batch)
        done += len(batch)
        tell(Progress(table.name, done, total, False))
    if table.is_numbered and done:
        target.number_on(table.name)
    if _checked(target, table, total, tell) != (done, digest.hexdigest()):
        raise Conflict(f"{table.name} does not read the same in the target; nothing was copied.")
    return CopiedTable(table.name, done, digest.hexdigest())


def _checked(
    database: Database, table: _Table, total: int, tell: Callable[[Progress], None]
) -> tuple[int, str]:
    digest, rows = hashlib.sha256(), 0
    for batch in _batches(database, table):
        _add(digest, batch)
        rows += len(batch)
        tell(Progress(table.name, rows, total, True))
    return rows, digest.hexdigest()


def _add(digest: hashlib._Hash, batch: Sequence[Row]) -> None:
    for row in batch:
        digest.update(repr(row).encode("utf-8", "surrogatepass"))


def _batches(database: Database, table: _Table) -> Iterator[Sequence[Row]]:
    rows = database.rows(table.first, limit=_BATCH)
    while rows:
        yield [_same_on_all(table, row) for row in rows]
        last = {f"after_{place}": rows[-1][place] for place in table.key}
        rows = database.rows(table.after, limit=_BATCH, **last) if len(rows) == _BATCH else []


def _same_on_all(table: _Table, row: Row) -> Row:
    """A row with true and false where SQLite has 1 and 0."""
    return tuple(bool(value) if place in table.truths else value for place, value in enumerate(row))


def _count(database: Database, table: _Table) -> int:
    counted = database.row(table.counted)
    return int(counted[0]) if counted else 0


def _described(model: type[peewee.Model]) -> _Table:
    fields = model._meta.sorted_fields
    key = _key_of(model)
    in_order = model.select(*fields).order_by(*key).limit(param("limit"))
    places = {field: place for place, field in enumerate(fields)}
    last = peewee.Tuple(*(param(f"after_{places[field]}") for field in key))
    return _Table(
        name=model._meta.table_name,
        truths=frozenset(
            place for field, place in places.items() if isinstance(field, peewee.BooleanField)
        ),
        key=[places[field] for field in key],
        counted=Statement(lambda: model.select(peewee.fn.COUNT(peewee.SQL("*")))),
        first=Statement(lambda: in_order),
        after=Statement(lambda: in_order.where(peewee.Tuple(*key) > last)),
        added=InsertStatement(*fields),
        is_numbered=isinstance(key[0], peewee.AutoField),
    )


def _key_of(model: type[peewee.Model]) -> Sequence[peewee.Field]:
    key = model._meta.primary_key
    if isinstance(key, peewee.CompositeKey):
        return [model._meta.fields[name] for name in key.field_names]
    assert isinstance(key, peewee.Field)
    return [key]


_TABLES = tuple(_described(model) for model in tables.TABLES if model not in _LEFT_BEHIND)
