"""PostgreSQL: pooled connections, plain transactions, and what to do when a connection breaks.

Transactions read what is committed; what must not change under them they lock (`locking=True`).
So the only ones that have to be run again are those that were chosen to break a deadlock, and
those whose connection broke before they were committed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import peewee

from expressb2b_core.errors import Misconfigured, StorageUnavailable
from expressb2b_core.storage.database import Cursor, Database, Duplicate, Job, Row, rows_if_any
from expressb2b_core.storage.dialects import POSTGRES
from expressb2b_core.storage.pool import Pool
from expressb2b_core.storage.statements import Scalar

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg import Cursor as PostgresCursor

T = TypeVar("T")

OLDEST_VERSION = 15

_MAX_TRIES = 10
_PAUSE_SECONDS = 0.005
_MIGRATION_LOCK = 3_702_011

# Nothing hangs for ever: not a statement, not the wait for a row, and not what a node that froze
# in the middle of a transaction holds. What the operator set for the role or in the address stays.
_SET_TIMEOUTS = """
    SELECT set_config(name, value, false)
    FROM (VALUES
        ('statement_timeout', '30s'),
        ('lock_timeout', '5s'),
        ('idle_in_transaction_session_timeout', '15s')
    ) AS wanted (name, value)
    WHERE current_setting(name) = '0'
"""


class _Thread(threading.local):
    connection: Connection[Any] | None = None


class Postgresql(Database):
    """A PostgreSQL database, which several processes may use at once."""

    commits_together = False

    def __init__(self, database: peewee.PostgresqlDatabase) -> None:
        super().__init__(database, POSTGRES)
        self.clock_ms = self._now_ms
        self._pool = Pool(self._connect)
        self._held = _Thread()

    def check(self) -> None:
        """Go on when the server can be reached and is one that this release works with.

        Raises:
            StorageUnavailable: it cannot be reached; the text says why.
            Misconfigured: it is too old, or the database is not in UTF-8.
        """
        try:
            rows = self.run_sql(
                "SELECT current_setting('server_version_num')::int, "
                "current_setting('server_version'), current_setting('server_encoding')"
            )
        except StorageUnavailable as error:
            raise StorageUnavailable(f"PostgreSQL cannot be used: {error.__cause__}") from error
        number, version, encoding = rows[0]
        if number < OLDEST_VERSION * 10_000:
            raise Misconfigured(f"PostgreSQL {version} is too old: use {OLDEST_VERSION} or newer.")
        if encoding != "UTF8":
            raise Misconfigured(
                f"The database has the encoding {encoding}: make one with ENCODING 'UTF8'."
            )

    def run_alone(self, sql: str, values: Mapping[str, Scalar]) -> list[Row]:
        """Run one statement that is a transaction by itself; the rows it gives."""
        with self._pool.lent() as connection, self._explaining(connection):
            return rows_if_any(connection.execute(sql, values))

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        return bool(self.run_sql("SELECT to_regclass(quote_ident(%s))", (name,))[0][0])

    def take_time(self) -> None:
        """Let the present transaction last as long as it takes."""
        self.run_sql(
            "SELECT set_config(name, '0', true) FROM unnest(ARRAY["
            "'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) AS name"
        )

    def hold_schema(self) -> None:
        """Wait until no other process migrates, however long that takes."""
        self.take_time()
        self.run_sql("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))

    def number_on(self, table: str) -> None:
        """Let the next number of a table follow those that were brought along."""
        self.run_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
        )

    def close(self) -> None:
        """Close the connections; the next statement would open another."""
        self._pool.forget()

    def close_thread(self) -> None:
        """Nothing: threads have no connections of their own."""

    def _now_ms(self) -> int:
        rows = self.run_sql("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        return int(rows[0][0])

    # Running

    def _read(self, sql: str, values: Sequence[object], fetch: Callable[[Cursor], T]) -> T:
        if self._held.connection is not None:
            return fetch(self._run(sql, values))
        try:
            return self._read_alone(sql, values, fetch)
        except _Broken:
            return self._read_alone(sql, values, fetch)

    def _read_alone(self, sql: str, values: Sequence[object], fetch: Callable[[Cursor], T]) -> T:
        with self._pool.lent() as connection, self._explaining(connection):
            return fetch(connection.execute(sql, values))

    def _run(self, sql: str, values: Sequence[object] = ()) -> PostgresCursor[Any]:
        connection = self._connection()
        with self._explaining(connection):
            return connection.execute(sql, values)

    def _run_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        connection = self._connection()
        with self._explaining(connection):
            connection.cursor().executemany(sql, rows)

    def _connection(self) -> Connection[Any]:
        connection = self._held.connection
        if connection is None:
            raise RuntimeError("a change belongs inside a write")
        return connection

    def _connect(self) -> Connection[Any]:
        try:
            # What peewee's own pools call: it makes a connection, and remembers none.
            connection: Connection[Any] = self.peewee._connect()  # type: ignore[attr-defined]
            connection.execute(_SET_TIMEOUTS)
        except Exception as error:
            raise StorageUnavailable("The database cannot be reached; try again.") from error
        return connection

    @contextmanager
    def _explaining(self, connection: Connection[Any]) -> Iterator[None]:
        """Turn what the driver raises into what callers can act upon."""
        try:
            yield
        except Exception as error:
            if connection.closed:
                self._pool.forget()
                raise _Broken("The connection to the database broke; try again.") from error
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> Exception:
        if self.dialect.wants_retry(error):
            return _TryAgain("The database is busy; try again.")
        if self.dialect.is_duplicate(error):
            return Duplicate(str(error))
        if self.dialect.is_unavailable(error):
            return StorageUnavailable("The database cannot do this right now; nothing was changed.")
        return error

    # Transactions

    @contextmanager
    def _one_moment(self) -> Iterator[None]:
        if self._held.connection is not None:
            yield
            return
        with self._begun("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
            try:
                yield
            finally:
                self._roll_back()

    def _hand_over(self, job: Job) -> None:
        """Nothing: who waits for it runs it."""

    def _commit(self, job: Job) -> None:
        for attempt in range(1, _MAX_TRIES + 1):
            try:
                self._commit_once(job)
            except _TryAgain:
                if attempt == _MAX_TRIES:
                    raise
                # Without chance in it: whoever came first holds what the next try queues for.
                time.sleep(_PAUSE_SECONDS * attempt)
            else:
                return

    def _commit_once(self, job: Job) -> None:
        job.after_commit.clear()
        with self._begun("BEGIN"):
            self._thread.job = job
            try:
                job.result = job.work()
                self._finish()
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._thread.job = None

    @contextmanager
    def _begun(self, begin: str) -> Iterator[None]:
        """A transaction that has begun, on a connection that this thread has for itself."""
        with ExitStack() as lease:
            try:
                self._begin(begin, lease)
            except _Broken:
                lease.close()
                self._begin(begin, lease)
            yield

    def _begin(self, begin: str, lease: ExitStack) -> None:
        self._held.connection = lease.enter_context(self._pool.lent())
        lease.callback(self._let_go)
        self._run(begin)

    def _let_go(self) -> None:
        self._held.connection = None

    def _finish(self) -> None:
        try:
            ended = self._run("COMMIT")
        except _Broken as error:
            raise StorageUnavailable(
                "The connection broke while the change was committed: it may or may not be there."
            ) from error
        # After an error that was passed over, COMMIT means ROLLBACK, and says so only here.
        if ended.statusmessage != "COMMIT":
            raise RuntimeError("a write went on after an error, and was undone by the database")

    def _roll_back(self) -> None:
        """End a transaction that may have ended by itself; its own error matters more."""
        try:
            self._run("ROLLBACK")
        except Exception:
            return


class _TryAgain(StorageUnavailable):
    """Nothing was changed, and the same work may succeed at once."""


class _Broken(_TryAgain):
    """The connection is gone; another may be had."""
