"""The database of one `ExpressB2B`: reading it, and the one way to write it.

A write is a function. It runs inside a transaction and may be run again (on PostgreSQL, after
another transaction came first) or in another thread (on SQLite, where one thread commits for all
that wait), so it must have no effect outside the database. What has to happen afterwards is given
to `after_commit`.

What all databases have in common stands here; connections and transactions are left to `sqlite`
and `postgresql`.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

import peewee

from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.storage.dialects import Dialect
from expressb2b_core.storage.statements import InsertStatement, ListStatement, Scalar, Statement

T = TypeVar("T")
Row = tuple[Any, ...]
"""Columns as the driver gives them; services turn them into typed values at once."""


class Cursor(Protocol):
    """What a driver gives for a statement that ran."""

    @property
    def rowcount(self) -> int: ...

    @property
    def description(self) -> object: ...

    def fetchall(self) -> list[Row]: ...
    def fetchone(self) -> Row | None: ...


class Job:
    """One write, and afterwards its outcome.

    `since` is when it was asked for. Who is `patient` is told when another thread has `done` it.
    """

    __slots__ = ("after_commit", "done", "failure", "patient", "result", "since", "work")

    def __init__(self, work: Callable[[], object], patient: bool = False) -> None:
        self.work = work
        self.patient = threading.Event() if patient else None
        self.since = time.perf_counter()
        self.result: object = None
        self.failure: BaseException | None = None
        self.after_commit: list[Callable[[], None]] = []
        self.done = False

    def end(self) -> None:
        """Its outcome is known."""
        self.done = True
        if self.patient is not None:
            self.patient.set()


class _ThreadState(threading.local):
    job: Job | None = None


class Database(ABC):
    """The statements that run on a database, and its one write transaction."""

    commits_together: bool
    """Whether one thread commits for all that wait; else each does so for itself."""

    def __init__(self, database: peewee.Database, dialect: Dialect) -> None:
        self.peewee = database
        self.dialect = dialect
        self.clock_ms: Callable[[], int] | None = None
        """Milliseconds since 1970 by the database's own clock, where machines share one."""
        self._thread = _ThreadState()

    # Statements

    def rows(self, statement: Statement, **values: Scalar) -> list[Row]:
        """All rows of a query."""
        compiled = statement.compiled_for(self.peewee)
        return self._read(compiled.sql, compiled.bind(values), _all_rows)

    def row(self, statement: Statement, **values: Scalar) -> Row | None:
        """The first row of a query, or None."""
        compiled = statement.compiled_for(self.peewee)
        return self._read(compiled.sql, compiled.bind(values), _first_row)

    def rows_in(
        self, statement: ListStatement, values: Sequence[Scalar], **others: Scalar
    ) -> list[Row]:
        """All rows of a query over a list of values; none for an empty list."""
        found: list[Row] = []
        for part, listed in statement.parts(values):
            compiled = part.compiled_for(self.peewee)
            found += self._read(compiled.sql, compiled.bind({**listed, **others}), _all_rows)
        return found

    def execute(self, statement: Statement, **values: Scalar) -> int:
        """Run a change; the number of rows it touched."""
        compiled = statement.compiled_for(self.peewee)
        return self._run(compiled.sql, compiled.bind(values)).rowcount

    def execute_in(
        self, statement: ListStatement, values: Sequence[Scalar], **others: Scalar
    ) -> None:
        """Run a change over a list of values; nothing for an empty list."""
        for part, listed in statement.parts(values):
            compiled = part.compiled_for(self.peewee)
            self._run(compiled.sql, compiled.bind({**listed, **others}))

    def insert_rows(self, statement: InsertStatement, rows: Sequence[Sequence[Scalar]]) -> None:
        """Insert these rows, each in the order of the statement's fields; nothing for none."""
        for part, values in statement.parts(rows):
            self._run(part.compiled_for(self.peewee).sql, values)

    def execute_many(self, statement: Statement, rows: Sequence[Mapping[str, Scalar]]) -> None:
        """Run one change for each of these rows."""
        compiled = statement.compiled_for(self.peewee)
        self._run_many(compiled.sql, [compiled.bind(row) for row in rows])

    def run_sql(self, sql: str, values: Sequence[Scalar] = ()) -> list[Row]:
        """SQL that cannot be said as a query (schema, pragmas); the rows it gives, if any."""
        return self._read(sql, values, rows_if_any)

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""

    @abstractmethod
    def take_time(self) -> None:
        """Inside a transaction: let it last as long as it takes."""

    @abstractmethod
    def number_on(self, table: str) -> None:
        """Inside a write: let the next number of a table follow those that were brought along."""

    @abstractmethod
    def hold_schema(self) -> None:
        """Inside a write: wait until no other process changes the schema, and keep it so."""

    # Transactions

    def write(self, work: Callable[[], T], *, patient: bool = False) -> T:
        """Run `work` in the write transaction and return what it returns, once it is on disk.

        Inside another write it joins that one and is undone alone when it raises. Raises what
        `work` raises, or `StorageUnavailable`; in both cases nothing was changed.

        A `patient` write, for which nobody waits, lets another thread commit it where writes are
        committed together and others come often.
        """
        if self._thread.job is not None:
            with self.savepoint():
                return work()
        return self.begin_write(work, patient=patient)()

    def begin_write(self, work: Callable[[], T], *, patient: bool = False) -> Callable[[], T]:
        """Hand over a write; what is returned waits for its outcome, as `write` does.

        It has to be called, once, from any thread. Where writes are committed together, those that
        were handed over before the first of them is waited for share one transaction.
        """
        job = Job(work, patient)
        self._hand_over(job)
        return partial(self._outcome, job)

    def _outcome(self, job: Job) -> Any:
        self._commit(job)
        if job.failure is not None:
            raise job.failure
        for callback in job.after_commit:
            callback()
        return job.result

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call this once the present write is on disk, in the thread that asked for the write."""
        if self._thread.job is None:
            raise RuntimeError("after_commit belongs inside a write")
        self._thread.job.after_commit.append(callback)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Inside a write: what happens in this block is undone when it raises."""
        job = self._thread.job
        if job is None:
            raise RuntimeError("a savepoint belongs inside a write")
        pending = len(job.after_commit)
        self._run("SAVEPOINT part")
        try:
            yield
        except BaseException as error:
            if not isinstance(error, StorageUnavailable):
                self._run("ROLLBACK TO SAVEPOINT part")
                self._run("RELEASE SAVEPOINT part")
            del job.after_commit[pending:]
            raise
        self._run("RELEASE SAVEPOINT part")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Several reads that see one moment; inside a write they see that write's moment."""
        if self._thread.job is not None:
            yield
            return
        with self._one_moment():
            yield

    @abstractmethod
    def close(self) -> None:
        """Let go of the database; what was committed stays."""

    @abstractmethod
    def close_thread(self) -> None:
        """Close this thread's own connection, if it has one; for threads that end early."""

    # What each database does its own way

    @abstractmethod
    def _read(self, sql: str, values: Sequence[object], fetch: Callable[[Cursor], T]) -> T:
        """Run a statement that changes nothing, and fetch what it gives."""

    @abstractmethod
    def _run(self, sql: str, values: Sequence[object] = ()) -> Cursor:
        """Run a statement on the connection of this thread's transaction."""

    @abstractmethod
    def _run_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement once for each of these rows."""

    @abstractmethod
    def _hand_over(self, job: Job) -> None:
        """Let a job be run from now on, where another thread may do so."""

    @abstractmethod
    def _commit(self, job: Job) -> None:
        """Run a job in a transaction; its outcome stands in it afterwards, or this raises."""

    @abstractmethod
    def _one_moment(self) -> AbstractContextManager[None]:
        """A transaction that reads."""


class Duplicate(Exception):
    """A unique constraint refused a row; services turn it into an error that names the field."""


def _all_rows(cursor: Cursor) -> list[Row]:
    return cursor.fetchall()


def _first_row(cursor: Cursor) -> Row | None:
    return cursor.fetchone()


def rows_if_any(cursor: Cursor) -> list[Row]:
    """What a statement gives; nothing for one that gives no rows."""
    return cursor.fetchall() if cursor.description else []
