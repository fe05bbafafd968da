"""What only PostgreSQL does: several writers at once, connections that break, servers that end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.storage.database import Duplicate
from expressb2b_core.storage.migrations import migrate, schema_version
from expressb2b_core.storage.opening import open_database
from expressb2b_core.storage.postgresql import Postgresql
from expressb2b_core.storage.statements import Statement, all_values_from, param
from expressb2b_core.storage.tables import SCHEMA_VERSION, Workspace
from tests.postgres import Server

_insert = Statement(lambda: Workspace.insert(all_values_from(Workspace)))
_names = Statement(lambda: Workspace.select(Workspace.name).order_by(Workspace.id))
_hold = Statement(
    lambda: Workspace.select(Workspace.id).where(Workspace.name == param("name")), locking=True
)
_hold_free = Statement(
    lambda: Workspace.select(Workspace.name).order_by(Workspace.name).limit(param("limit")),
    locking="skip",
)


def opened(address: str) -> Postgresql:
    database = open_database(address)
    assert isinstance(database, Postgresql)
    return database


@pytest.fixture
def address(postgres_server: Server) -> str:
    return postgres_server.emptied()


@pytest.fixture
def database(address: str) -> Iterator[Postgresql]:
    database = opened(address)
    migrate(database, 0)
    yield database
    database.close()


@pytest.fixture
def another(address: str, database: Postgresql) -> Iterator[Postgresql]:
    """A second node on the same database."""
    node = opened(address)
    yield node
    node.close()


def add(database: Postgresql, name: str) -> int:
    return database.execute(
        _insert,
        name=name,
        currency="USD",
        last_order_number=0,
        last_event_seq=0,
        last_change=0,
        created_at=0,
    )


def names(database: Postgresql) -> list[str]:
    return [row[0] for row in database.rows(_names)]


def backend(database: Postgresql) -> int:
    return int(database.run_sql("SELECT pg_backend_pid()")[0][0])


def end_backend(address: str, pid: int) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class TestBrokenConnections:
    def test_a_read_is_made_again_on_a_new_one(self, address: str, database: Postgresql) -> None:
        end_backend(address, backend(database))

        assert names(database) == []

    def test_a_write_that_has_not_begun_uses_a_new_one(
        self, address: str, database: Postgresql
    ) -> None:
        end_backend(address, backend(database))

        database.write(lambda: add(database, "one"))

        assert names(database) == ["one"]

    def test_several_reads_of_one_moment_use_a_new_one(
        self, address: str, database: Postgresql
    ) -> None:
        end_backend(address, backend(database))

        with database.snapshot():
            assert names(database) == []

    def test_a_write_that_was_cut_off_is_done_again_and_once(
        self, address: str, database: Postgresql
    ) -> None:
        tries: list[int] = []

        def work() -> None:
            tries.append(backend(database))
            add(database, "one")
            if len(tries) == 1:
                end_backend(address, tries[0])
            add(database, "two")

        database.write(work)

        assert len(tries) == 2
        assert names(database) == ["one", "two"]

    def test_a_commit_that_was_cut_off_is_not_done_again(
        self, address: str, database: Postgresql
    ) -> None:
        tries = []

        def work() -> None:
            tries.append(add(database, "one"))
            end_backend(address, backend(database))

        with pytest.raises(StorageUnavailable, match="may or may not"):
            database.write(work)

        assert len(tries) == 1

    def test_what_is_read_in_a_moment_that_broke_is_not_mixed_with_another(
        self, address: str, database: Postgresql
    ) -> None:
        with pytest.raises(StorageUnavailable), database.snapshot():
            end_backend(address, backend(database))
            names(database)

        assert names(database) == []


class TestRestart:
    def test_a_server_that_is_down_is_unavailable_and_then_back(
        self, address: str, database: Postgresql, postgres_server: Server
    ) -> None:
        database.write(lambda: add(database, "one"))
        postgres_server.stop(signal.SIGINT)
        try:
            with pytest.raises(StorageUnavailable) as reading:
                names(database)
            with pytest.raises(StorageUnavailable):
                database.write(lambda: add(database, "lost"))
        finally:
            postgres_server.start()

        assert reading.value.retry_after_seconds >= 1
        assert names(database) == ["one"]
        database.write(lambda: add(database, "two"))
        assert names(database) == ["one", "two"]

    def test_a_crash_under_many_writers_loses_nothing_that_was_acknowledged(
        self, database: Postgresql, postgres_server: Server
    ) -> None:
        acknowledged: list[str] = []
        ending = threading.Event()

        def write_on(thread: int) -> None:
            count = 0
            while not ending.is_set():
                name = f"{thread}-{count}"
                count += 1
                with suppress(StorageUnavailable):
                    database.write(lambda name=name: add(database, name))
                    acknowledged.append(name)

        with ThreadPoolExecutor(8) as threads:
            running = [threads.submit(write_on, index) for index in range(8)]
            until(lambda: len(acknowledged) > 50)
            postgres_server.stop(signal.SIGQUIT)
            before = len(acknowledged)
            postgres_server.start()
            started = time.monotonic()
            until(lambda: len(acknowledged) > before + 50)
            back_after_seconds = time.monotonic() - started
            ending.set()
            for thread in running:
                thread.result(30)

        assert set(acknowledged) <= set(names(database))
        assert back_after_seconds < 5

    def test_one_that_cannot_be_reached_is_told_of_at_the_start(self) -> None:
        with pytest.raises(StorageUnavailable, match=r"cannot be used: .*nowhere") as refused:
            open_database("postgresql://me:secret@/shop?host=/nowhere")

        assert "secret" not in str(refused.value)


class TestWritersAtOnce:
    def test_two_that_wait_for_each_other_both_succeed(self, database: Postgresql) -> None:
        for name in ("one", "two"):
            database.write(lambda name=name: add(database, name))
        both_hold = threading.Barrier(2)
        tries = []

        def cross(first: str, second: str) -> None:
            def work() -> None:
                tries.append(first)
                database.row(_hold, name=first)
                with suppress(threading.BrokenBarrierError):
                    both_hold.wait(2)
                both_hold.abort()
                database.row(_hold, name=second)

            database.write(work)

        with ThreadPoolExecutor(2) as threads:
            for done in [threads.submit(cross, *pair) for pair in (("one", "two"), ("two", "one"))]:
                done.result(30)

        assert len(tries) == 3

    def test_a_row_held_too_long_is_not_waited_for_for_ever(
        self, address: str, database: Postgresql
    ) -> None:
        database.write(lambda: add(database, "one"))
        impatient = opened(f"{address}&options=-c%20lock_timeout%3D50ms")

        def work() -> None:
            database.row(_hold, name="one")
            with pytest.raises(StorageUnavailable):
                impatient.write(lambda: impatient.row(_hold, name="one"))

        database.write(work)
        impatient.close()

    def test_what_a_frozen_node_holds_is_free_after_a_while(
        self, address: str, database: Postgresql
    ) -> None:
        database.write(lambda: add(database, "one"))
        setting = "idle_in_transaction_session_timeout%3D100ms"
        frozen = opened(f"{address}&options=-c%20{setting}")
        thawed = threading.Event()
        tries = []

        def freeze() -> None:
            tries.append(frozen.row(_hold, name="one"))
            if len(tries) == 1:
                thawed.wait(20)
            add(frozen, "thawed")

        with ThreadPoolExecutor(1) as threads:
            freezing = threads.submit(frozen.write, freeze)
            until(lambda: bool(tries))
            database.write(lambda: database.row(_hold, name="one"))
            thawed.set()
            freezing.result(30)

        assert names(database) == ["one", "thawed"]
        frozen.close()

    def test_what_another_holds_is_passed_over(
        self, database: Postgresql, another: Postgresql
    ) -> None:
        for name in ("a", "b", "c"):
            database.write(lambda name=name: add(database, name))

        def work() -> tuple[list[str], list[str]]:
            mine = [row[0] for row in database.rows(_hold_free, limit=2)]
            rest = another.write(lambda: [row[0] for row in another.rows(_hold_free, limit=2)])
            return mine, rest

        assert database.write(work) == (["a", "b"], ["c"])

    def test_a_moment_does_not_see_what_comes_after_it(
        self, database: Postgresql, another: Postgresql
    ) -> None:
        with database.snapshot():
            assert names(database) == []
            another.write(lambda: add(another, "late"))
            assert names(database) == []

        assert names(database) == ["late"]

    def test_more_threads_than_connections_take_turns(self, database: Postgresql) -> None:
        def work(index: int) -> None:
            database.write(lambda: add(database, str(index)))
            names(database)

        with ThreadPoolExecutor(40) as threads:
            list(threads.map(work, range(120)))

        assert len(names(database)) == 120
        sessions = database.run_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'expressb2b'"
        )
        assert sessions[0][0] <= 20


class TestMistakes:
    def test_an_error_that_was_passed_over_is_not_taken_for_a_success(
        self, database: Postgresql
    ) -> None:
        def work() -> None:
            add(database, "one")
            with suppress(Duplicate):
                add(database, "one")

        with pytest.raises(RuntimeError, match="went on after an error"):
            database.write(work)

        assert names(database) == []

    def test_a_change_belongs_inside_a_write(self, database: Postgresql) -> None:
        with pytest.raises(RuntimeError, match="inside a write"):
            add(database, "one")


class TestTables:
    def test_several_that_start_at_once_make_the_tables_once(self, postgres_server: Server) -> None:
        address = postgres_server.create("at_once")
        start = threading.Barrier(6)

        def run() -> list[str]:
            start.wait(30)
            with ExpressB2B(address, secret=b"x") as b2b:
                return names(b2b.runtime.database)  # type: ignore[arg-type]

        with ThreadPoolExecutor(6) as threads:
            found = [running.result(60) for running in [threads.submit(run) for _ in range(6)]]

        assert found == [["default"]] * 6

    def test_tables_are_made_whatever_the_encoding_sorts_like(self, database: Postgresql) -> None:
        for name in ("b", "B", "a", "_", "Z", "é"):
            database.write(lambda name=name: add(database, name))
        by_name = database.run_sql("SELECT name FROM workspaces ORDER BY name")

        assert schema_version(database) == SCHEMA_VERSION
        assert "".join(row[0] for row in by_name) == "BZ_abé"
        unequal = database.run_sql("SELECT 'b' < 'B'")
        assert unequal == [(True,)], "this database should not sort by bytes of its own accord"
