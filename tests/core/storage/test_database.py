"""The one write transaction: alone, together, undone, refused."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.storage import write_gate
from expressb2b_core.storage.database import Database, Duplicate
from expressb2b_core.storage.migrations import migrate
from expressb2b_core.storage.opening import open_database
from expressb2b_core.storage.sqlite import Sqlite
from expressb2b_core.storage.statements import Statement, all_values_from, param
from expressb2b_core.storage.tables import Workspace

_insert = Statement(lambda: Workspace.insert(all_values_from(Workspace)))
_names = Statement(lambda: Workspace.select(Workspace.name).order_by(Workspace.id))
_count_up = Statement(
    lambda: (
        Workspace.update(last_event_seq=Workspace.last_event_seq + 1)
        .where(Workspace.name == param("name"))
        .returning(Workspace.last_event_seq)
    )
)


@pytest.fixture(params=["memory", "file", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    address = "sqlite:///:memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/a.db"
    if request.param == "postgresql":
        address = request.getfixturevalue("postgres_server").emptied()
    opened = open_database(address)
    migrate(opened, 0)
    yield opened
    opened.close()


@pytest.fixture(params=["memory", "file"])
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sqlite]:
    address = "sqlite:///:memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/a.db"
    opened = open_database(address)
    assert isinstance(opened, Sqlite)
    migrate(opened, 0)
    yield opened
    opened.close()


def add(database: Database, name: str) -> int:
    return database.execute(
        _insert,
        name=name,
        currency="USD",
        last_order_number=0,
        last_event_seq=0,
        last_change=0,
        created_at=0,
    )


def names(database: Database) -> list[str]:
    return [row[0] for row in database.rows(_names)]


def running(database: Database, work: Callable[[], object]) -> threading.Thread:
    """A thread that works and then lets go of its connection."""

    def run() -> None:
        work()
        database.close_thread()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def outcome_of(database: Database, name: str) -> str:
    """What becomes of a write that adds this name, and fails when it is bad."""

    def work() -> None:
        add(database, name)
        if name == "bad":
            raise LookupError

    try:
        database.write(work)
    except LookupError:
        return "refused"
    return "done"


def test_a_write_returns_what_its_work_returns(database: Database) -> None:
    assert database.write(lambda: add(database, "one")) == 1
    assert names(database) == ["one"]


def test_a_write_that_raises_leaves_nothing(database: Database) -> None:
    def work() -> None:
        add(database, "one")
        raise LookupError

    with pytest.raises(LookupError):
        database.write(work)

    assert names(database) == []


def test_a_write_inside_a_write_is_undone_alone(database: Database) -> None:
    def inner() -> None:
        add(database, "inner")
        raise LookupError

    def outer() -> None:
        add(database, "outer")
        with pytest.raises(LookupError):
            database.write(inner)

    database.write(outer)

    assert names(database) == ["outer"]


def test_a_duplicate_inside_a_savepoint_leaves_the_rest(database: Database) -> None:
    def work() -> None:
        add(database, "one")
        with pytest.raises(Duplicate), database.savepoint():
            add(database, "one")
        add(database, "two")

    database.write(work)

    assert names(database) == ["one", "two"]


def test_callbacks_come_after_the_commit_and_only_then(database: Database) -> None:
    seen: list[list[str]] = []

    def work() -> None:
        add(database, "one")
        database.after_commit(lambda: seen.append(names(database)))
        assert seen == []

    database.write(work)

    assert seen == [["one"]]


def test_callbacks_of_an_undone_part_are_forgotten(database: Database) -> None:
    seen: list[str] = []

    def part() -> None:
        database.after_commit(lambda: seen.append("part"))
        raise LookupError

    def work() -> None:
        database.after_commit(lambda: seen.append("whole"))
        with pytest.raises(LookupError):
            database.write(part)

    database.write(work)

    assert seen == ["whole"]


def test_writers_in_many_threads_lose_no_update(database: Database) -> None:
    database.write(lambda: add(database, "one"))
    counted: list[int] = []

    def count() -> None:
        for _ in range(25):
            row = database.write(lambda: database.row(_count_up, name="one"))
            assert row is not None
            counted.append(row[0])
        database.close_thread()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(counted) == list(range(1, 201))


def test_waiting_writers_are_committed_together_and_fail_alone(sqlite: Sqlite) -> None:
    """While one write runs, others queue; the next turn takes them all, each in its savepoint."""
    inside, go_on = threading.Event(), threading.Event()
    outcomes: dict[str, str] = {}

    def slow() -> None:
        inside.set()
        go_on.wait(5)

    first = running(sqlite, lambda: sqlite.write(slow))
    inside.wait(5)
    followers = [
        running(sqlite, lambda name=name: outcomes.update({name: outcome_of(sqlite, name)}))  # type: ignore[misc]
        for name in ("a", "bad", "b")
    ]
    while len(sqlite._waiting) < 3:
        pass
    go_on.set()
    for thread in (first, *followers):
        thread.join()

    assert outcomes == {"a": "done", "bad": "refused", "b": "done"}
    assert sorted(names(sqlite)) == ["a", "b"]


def test_writes_that_were_handed_over_are_committed_with_the_first_that_is_waited_for(
    sqlite: Sqlite,
) -> None:
    ends = [sqlite.begin_write(lambda name=name: add(sqlite, name)) for name in ("a", "b")]  # type: ignore[misc]
    assert names(sqlite) == []

    ends[0]()

    assert names(sqlite) == ["a", "b"]
    assert ends[1]() == 1


def test_a_write_that_was_handed_over_fails_alone(database: Database) -> None:
    def bad() -> None:
        add(database, "bad")
        raise LookupError

    good_before = database.begin_write(lambda: add(database, "a"))
    failing = database.begin_write(bad)
    good_after = database.begin_write(lambda: add(database, "b"))

    good_before()
    with pytest.raises(LookupError):
        failing()
    good_after()

    assert names(database) == ["a", "b"]


def test_callbacks_of_a_write_come_to_who_waits_for_it(sqlite: Sqlite) -> None:
    told: list[str] = []
    ends = [
        sqlite.begin_write(lambda name=name: sqlite.after_commit(lambda: told.append(name)))  # type: ignore[misc]
        for name in ("a", "b")
    ]

    ends[0]()
    assert told == ["a"]

    ends[1]()
    assert told == ["a", "b"]


def test_writes_that_were_handed_over_together_wait_together_for_another_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_gate, "WAIT_SECONDS", 0.2)
    database = open_database(f"sqlite:///{tmp_path}/a.db")
    migrate(database, 0)
    gate = write_gate.WriteGate(tmp_path / "a.db.write-lock")
    ends = [database.begin_write(lambda: add(database, "late")) for _ in range(5)]

    with gate:
        began = time.perf_counter()
        for end in ends:
            with pytest.raises(StorageUnavailable):
                end()
        waited = time.perf_counter() - began

    assert waited < 2 * 0.2  # and not five times as long
    assert names(database) == []
    gate.close()
    database.close()


def test_a_file_held_by_another_program_is_unavailable_and_then_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(f"sqlite:///{tmp_path}/a.db")
    migrate(database, 0)
    database.run_sql("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageUnavailable) as caught:
        database.write(lambda: add(database, "one"))
    assert caught.value.retry_after_seconds >= 1
    assert names(database) == []

    other.execute("ROLLBACK")
    database.write(lambda: add(database, "two"))
    assert names(database) == ["two"]
    other.close()
    database.close()


def test_two_handles_on_one_file_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_gate, "WAIT_SECONDS", 0.02)
    one = open_database(f"sqlite:///{tmp_path}/a.db")
    migrate(one, 0)
    two = open_database(f"sqlite:///{tmp_path}/a.db")

    def outer() -> None:
        with pytest.raises(StorageUnavailable, match="Another process"):
            two.write(lambda: add(two, "late"))
        add(one, "first")

    one.write(outer)
    two.write(lambda: add(two, "second"))

    assert names(one) == ["first", "second"]
    one.close()
    two.close()


def test_nobody_else_can_read_a_file_that_is_made(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        opened = open_database(f"sqlite:///{tmp_path}/a.db")
        migrate(opened, 0)
    finally:
        os.umask(before)

    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    opened.close()

    assert {"a.db", "a.db-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_the_rights_of_a_file_that_is_there_stay(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    (tmp_path / "a.db").chmod(0o640)

    open_database(f"sqlite:///{tmp_path}/a.db").close()

    assert (tmp_path / "a.db").stat().st_mode & 0o777 == 0o640


def test_a_snapshot_sees_one_moment(tmp_path: Path) -> None:
    reader = open_database(f"sqlite:///{tmp_path}/a.db")
    migrate(reader, 0)
    writer = open_database(f"sqlite:///{tmp_path}/a.db")

    with reader.snapshot():
        before = names(reader)
        writer.write(lambda: add(writer, "one"))
        assert names(reader) == before

    assert names(reader) == ["one"]
    reader.close()
    writer.close()


def test_after_commit_and_savepoint_belong_inside_a_write(database: Database) -> None:
    with pytest.raises(RuntimeError, match="inside a write"):
        database.after_commit(lambda: None)
    with pytest.raises(RuntimeError, match="inside a write"), database.savepoint():
        pass


def test_every_connection_to_a_file_syncs_what_it_commits(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/a.db")
    seen: list[object] = []

    def look() -> None:
        seen.append([database.run_sql(f"PRAGMA {name}")[0][0] for name in pragmas])
        database.close_thread()

    pragmas = ("synchronous", "journal_mode")
    running_elsewhere = threading.Thread(target=look)
    running_elsewhere.start()
    running_elsewhere.join()
    look()

    assert seen == [[2, "wal"]] * 2  # 2 is FULL
