"""A write for which nobody waits goes along with others, if others come."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from expressb2b_core.storage import sqlite
from expressb2b_core.storage.opening import open_database
from expressb2b_core.storage.sqlite import Sqlite
from tests.receivers import LIMIT_SECONDS, wait_until


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Sqlite]:
    opened = open_database(f"sqlite:///{tmp_path}/a.db")
    assert isinstance(opened, Sqlite)
    yield opened
    opened.close()


def let_two_write_together(database: Sqlite) -> None:
    for end in [database.begin_write(threading.get_ident) for _ in range(2)]:
        end()


def seconds_of_a_patient_write(database: Sqlite) -> float:
    began = time.monotonic()
    database.write(threading.get_ident, patient=True)
    return time.monotonic() - began


def test_it_is_committed_by_another_thread_that_writes(
    database: Sqlite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE_SECONDS", LIMIT_SECONDS)
    let_two_write_together(database)
    committed_by: list[int] = []

    def write() -> None:
        committed_by.append(database.write(threading.get_ident, patient=True))
        database.close_thread()

    patient = threading.Thread(target=write, daemon=True)
    patient.start()
    wait_until(lambda: len(database._waiting) == 1)
    database.write(threading.get_ident)
    patient.join(LIMIT_SECONDS)

    assert committed_by == [threading.get_ident()]


def test_it_does_not_wait_where_writes_come_one_at_a_time(
    database: Sqlite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE_SECONDS", LIMIT_SECONDS)
    database.write(threading.get_ident)

    assert seconds_of_a_patient_write(database) < LIMIT_SECONDS


def test_it_waits_for_others_once_and_then_no_more_until_some_came_together(
    database: Sqlite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE_SECONDS", 0.001)
    let_two_write_together(database)

    assert database.write(threading.get_ident, patient=True) == threading.get_ident()
    monkeypatch.setattr(sqlite, "_PATIENCE_SECONDS", LIMIT_SECONDS)
    assert seconds_of_a_patient_write(database) < LIMIT_SECONDS


def test_it_fails_as_any_other(database: Sqlite) -> None:
    def refuse() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        database.write(refuse, patient=True)
