"""SQLite: one connection for each thread, and one thread that commits for all that wait."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

import peewee

from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.storage.database import Cursor, Database, Duplicate, Job
from expressb2b_core.storage.dialects import SQLITE
from expressb2b_core.storage.write_gate import WriteGate

T = TypeVar("T")

_MAX_BATCH = 64
_PATIENCE_SECONDS = 0.1


class Sqlite(Database):
    """A SQLite database, in a file or in memory."""

    commits_together = True

    def __init__(self, database: peewee.SqliteDatabase, gate: WriteGate) -> None:
        super().__init__(database, SQLITE)
        self._gate = gate
        self._waiting: deque[Job] = deque()
        self._had_company = False
        # A database in memory has one connection for all threads: one section at a time.
        self._section: AbstractContextManager[object] = (
            nullcontext() if database.thread_safe else threading.RLock()
        )

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return bool(self.run_sql(sql, (name,)))

    def take_time(self) -> None:
        """Nothing: no transaction is ended from outside."""

    def number_on(self, table: str) -> None:
        """Nothing: the next number always follows the greatest."""

    def hold_schema(self) -> None:
        """Nothing: a write is alone with the database."""

    def close(self) -> None:
        """Close this thread's connection and the gate."""
        with self._section:
            self.peewee.close()
        self._gate.close()

    def close_thread(self) -> None:
        """Close this thread's own connection; for threads that end before the program does."""
        if self.peewee.thread_safe:
            self.peewee.close()

    # Running

    def _read(self, sql: str, values: Sequence[object], fetch: Callable[[Cursor], T]) -> T:
        with self._section:
            return fetch(self._run(sql, values))

    def _run(self, sql: str, values: Sequence[object] = ()) -> Cursor:
        try:
            cursor: Cursor = self._connection().execute(sql, values)
        except Exception as error:
            raise self._explained(error) from error
        return cursor

    def _run_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        try:
            self._connection().executemany(sql, rows)
        except Exception as error:
            raise self._explained(error) from error

    def _connection(self) -> Any:
        return self.peewee.connection()  # type: ignore[no-untyped-call]

    def _explained(self, error: Exception) -> Exception:
        if self.dialect.is_duplicate(error):
            return Duplicate(str(error))
        if isinstance(error, peewee.OperationalError) or self.dialect.is_unavailable(error):
            return StorageUnavailable("The database cannot be used right now; nothing was changed.")
        return error

    # Transactions

    @contextmanager
    def _one_moment(self) -> Iterator[None]:
        with self._section:
            self._run("BEGIN")
            try:
                yield
            finally:
                self._end_quietly("COMMIT")

    def _hand_over(self, job: Job) -> None:
        self._waiting.append(job)

    def _commit(self, job: Job) -> None:
        if job.patient is not None and self._had_company:
            job.patient.wait(_PATIENCE_SECONDS)
        if job.done:
            return
        try:
            with self._gate.held(job.since), self._section:
                while not job.done:
                    self._commit_waiting()
        except StorageUnavailable:
            if not job.done and self._withdrawn(job):
                raise

    def _withdrawn(self, job: Job) -> bool:
        """Give up waiting; False when another thread has taken this job on meanwhile."""
        try:
            self._waiting.remove(job)
        except ValueError:
            with self._gate:  # its outcome is known when that thread is through
                return False
        return True

    def _commit_waiting(self) -> None:
        jobs: list[Job] = []
        while self._waiting and len(jobs) < _MAX_BATCH:
            jobs.append(self._waiting.popleft())
        self._had_company = len(jobs) > 1
        try:
            self._run("BEGIN IMMEDIATE")
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
                job.end()

    def _work_on(self, job: Job, alone: bool) -> None:
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

    def _end_quietly(self, sql: str) -> None:
        """End a transaction that may have ended by itself; its own error matters more."""
        try:
            self._connection().execute(sql)
        except Exception:
            return
