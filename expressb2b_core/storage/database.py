"""The database of one `ExpressB2B`: reading it, and the one way to write it.

A write is a function. It runs inside a transaction and may be run again (on PostgreSQL, after a
serialization failure) or in another thread (on SQLite, where one thread commits for all that
wait), so it must have no effect outside the database. What has to happen afterwards is given to
`after_commit`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol, TypeVar

import peewee

from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.storage.dialects import dialect_of
from expressb2b_core.storage.statements import InsertStatement, ListStatement, Scalar, Statement
from expressb2b_core.storage.write_gate import WriteGate

T = TypeVar("T")
Row = tuple[Any, ...]
"""Columns as the driver gives them; services turn them into typed values at once."""

_MAX_TRIES = 10
_MAX_BATCH = 64


class _Cursor(Protocol):
    rowcount: int

    def fetchall(self) -> list[Row]: ...
    def fetchone(self) -> Row | None: ...


class _ThreadState(threading.local):
    job: _Job | None = None


class _Job:
    """One write that waits for its turn, and afterwards its outcome."""

    __slots__ = ("after_commit", "done", "failure", "result", "work")

    def __init__(self, work: Callable[[], object]) -> None:
        self.work = work
        self.result: object = None
        self.failure: BaseException | None = None
        self.after_commit: list[Callable[[], None]] = []
        self.done = False


class Database:
    """A peewee database, the statements that run on it, and its one write transaction."""

    def __init__(self, database: peewee.Database, gate: WriteGate) -> None:
        self.peewee = database
        self.dialect = dialect_of(database)
        self._gate = gate
        self._thread = _ThreadState()
        self._waiting: deque[_Job] = deque()
        # A database in memory has one connection for all threads: one section at a time.
        self._section: AbstractContextManager[object] = (
            nullcontext() if database.thread_safe else threading.RLock()
        )

    # Statements

    def rows(self, statement: Statement, **values: Scalar) -> list[Row]:
        """All rows of a query."""
        compiled = statement.compiled_for(self.peewee)
        with self._section:
            return self._run(compiled.sql, compiled.bind(values)).fetchall()

    def row(self, statement: Statement, **values: Scalar) -> Row | None:
        """The first row of a query, or None."""
        compiled = statement.compiled_for(self.peewee)
        with self._section:
            return self._run(compiled.sql, compiled.bind(values)).fetchone()

    def rows_in(
        self, statement: ListStatement, values: Sequence[Scalar], **others: Scalar
    ) -> list[Row]:
        """All rows of a query over a list of values; none for an empty list."""
        found: list[Row] = []
        for part, places in statement.parts(values):
            found += self.rows(part, **places, **others)
        return found

    def execute(self, statement: Statement, **values: Scalar) -> int:
        """Run a change; the number of rows it touched."""
        compiled = statement.compiled_for(self.peewee)
        return self._run(compiled.sql, compiled.bind(values)).rowcount

    def execute_in(
        self, statement: ListStatement, values: Sequence[Scalar], **others: Scalar
    ) -> None:
        """Run a change over a list of values; nothing for an empty list."""
        for part, places in statement.parts(values):
            self.execute(part, **places, **others)

    def insert_rows(self, statement: InsertStatement, rows: Sequence[Mapping[str, Scalar]]) -> None:
        """Insert these rows; nothing for an empty list."""
        for part, values in statement.parts(rows):
            self._run(part.compiled_for(self.peewee).sql, values)

    def execute_many(self, statement: Statement, rows: Sequence[Mapping[str, Scalar]]) -> None:
        """Run one change for each of these rows."""
        compiled = statement.compiled_for(self.peewee)
        bound = [compiled.bind(row) for row in rows]
        try:
            self._connection().cursor().executemany(compiled.sql, bound)
        except Exception as error:
            raise self._explained(error) from error

    def run_sql(self, sql: str, values: Sequence[Scalar] = ()) -> list[Row]:
        """SQL that cannot be said as a query (schema, pragmas); the rows it gives, if any."""
        with self._section:
            cursor = self._run(sql, values)
            return cursor.fetchall() if getattr(cursor, "description", None) else []

    # Transactions

    def write(self, work: Callable[[], T]) -> T:
        """Run `work` in the write transaction and return what it returns, once it is on disk.

        Inside another write it joins that one and is undone alone when it raises. Raises what
        `work` raises, or `StorageUnavailable`; in both cases nothing was changed.
        """
        if self._thread.job is not None:
            with self.savepoint():
                return work()
        job = _Job(work)
        if self.dialect.name == "sqlite":
            self._write_in_turn(job)
        else:
            self._write_with_retries(job)
        if job.failure is not None:
            raise job.failure
        for callback in job.after_commit:
            callback()
        return job.result  # type: ignore[return-value]

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
        with self._section:
            self._run(self.dialect.begin_read)
            try:
                yield
            finally:
                self._end_quietly("COMMIT")

    def close(self) -> None:
        """Close this thread's connection and the gate."""
        with self._section:
            self.peewee.close()
        self._gate.close()

    def close_thread(self) -> None:
        """Close this thread's own connection; for threads that end before the program does."""
        if self.peewee.thread_safe:
            self.peewee.close()

    # SQLite: one thread commits for all that wait

    def _write_in_turn(self, job: _Job) -> None:
        self._waiting.append(job)
        try:
            with self._gate, self._section:
                while not job.done:
                    self._commit_waiting()
        except StorageUnavailable:
            if not job.done and self._withdrawn(job):
                raise

    def _withdrawn(self, job: _Job) -> bool:
        """Give up waiting; False when another thread has taken this job on meanwhile."""
        try:
            self._waiting.remove(job)
        except ValueError:
            with self._gate:  # its outcome is known when that thread is through
                return False
        return True

    def _commit_waiting(self) -> None:
        jobs: list[_Job] = []
        while self._waiting and len(jobs) < _MAX_BATCH:
            jobs.append(self._waiting.popleft())
        try:
            self._run(self.dialect.begin_write)
            for job in jobs:
                self._work_on(job, alone=len(jobs) == 1)
            self._run("COMMIT")
        except BaseException as error:
            self._end_quietly("ROLLBACK")
            for job in jobs:
                job.failure = job.failure or error
            if not isinstance(error, Exception):
                raise
        finally:
            for job in jobs:
                job.done = True

    def _work_on(self, job: _Job, alone: bool) -> None:
        self._thread.job = job
        try:
            if alone:
                job.result = job.work()
            else:
                with self.savepoint():
                    job.result = job.work()
        except StorageUnavailable:
            raise
        except Exception as error:
            job.failure = error
            if alone:
                raise
        finally:
            self._thread.job = None

    # PostgreSQL: a plain transaction, again when another one came first

    def _write_with_retries(self, job: _Job) -> None:
        for attempt in range(1, _MAX_TRIES + 1):
            job.after_commit.clear()
            self._thread.job = job
            try:
                self._run(self.dialect.begin_write)
                job.result = job.work()
                self._run("COMMIT")
                return
            except _TryAgain as error:
                self._end_quietly("ROLLBACK")
                if attempt == _MAX_TRIES:
                    raise StorageUnavailable("The database is busy; try again.") from error
            except BaseException:
                self._end_quietly("ROLLBACK")
                raise
            finally:
                self._thread.job = None

    # Running

    def _run(self, sql: str, values: Sequence[object] = ()) -> _Cursor:
        try:
            cursor: _Cursor = self._connection().execute(sql, values)
        except Exception as error:
            raise self._explained(error) from error
        return cursor

    def _connection(self) -> Any:
        return self.peewee.connection()  # type: ignore[no-untyped-call]

    def _explained(self, error: Exception) -> Exception:
        if self.dialect.wants_retry(error):
            return _TryAgain("Another transaction came first.")
        if self.dialect.is_duplicate(error):
            return Duplicate(str(error))
        if isinstance(error, peewee.OperationalError) or self.dialect.is_unavailable(error):
            return StorageUnavailable("The database cannot be used right now; nothing was changed.")
        return error

    def _end_quietly(self, sql: str) -> None:
        """End a transaction that may have ended by itself; its own error matters more."""
        try:
            self._connection().execute(sql)
        except Exception:
            if self.dialect.name != "sqlite":
                self.peewee.close()


class Duplicate(Exception):
    """A unique constraint refused a row; services turn it into an error that names the field."""


class _TryAgain(StorageUnavailable):
    """A serialization failure."""
