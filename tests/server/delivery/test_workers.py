"""Threads as they are needed, and no more."""

from __future__ import annotations

import threading

import pytest

from expressb2b_server.delivery.series import Series
from expressb2b_server.delivery.workers import Workers
from tests.receivers import LIMIT_SECONDS, wait_until
from tests.server.delivery.claims import series_of


class Gate:
    """Work that is begun and does not end before the gate is opened."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.threads: set[threading.Thread] = set()
        self.open = threading.Event()

    def __call__(self, job: Series) -> None:
        self.begun.append(job.endpoint_id)
        self.threads.add(threading.current_thread())
        assert self.open.wait(LIMIT_SECONDS)


def test_there_are_as_many_threads_as_jobs_at_once() -> None:
    gate = Gate()
    workers = Workers(gate)
    for number in range(3):
        workers.give(series_of(str(number)), number + 1)
    wait_until(lambda: len(gate.begun) == 3)
    gate.open.set()

    for number in range(3, 10):
        workers.give(series_of(str(number)), 3)
    wait_until(lambda: len(gate.begun) == 10)

    assert len(gate.threads) == 3
    workers.end()


def test_threads_end_when_their_jobs_are_done() -> None:
    gate = Gate()
    workers = Workers(gate)
    workers.give(series_of("1"), 1)
    wait_until(lambda: gate.begun == ["1"])

    workers.end()
    (thread,) = gate.threads
    assert thread.is_alive()
    gate.open.set()
    thread.join(LIMIT_SECONDS)

    assert not thread.is_alive()


def test_jobs_that_nobody_began_can_be_taken_back() -> None:
    gate = Gate()
    workers = Workers(gate)
    workers.give(series_of("1"), 1)
    wait_until(lambda: gate.begun == ["1"])
    second, third = series_of("2"), series_of("3")
    workers.give(second, 1)
    workers.give(third, 1)

    assert workers.withdraw() == [second, third]
    assert workers.withdraw() == []
    gate.open.set()
    workers.end()


def test_a_thread_that_cannot_be_started_loses_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    gate.open.set()
    workers = Workers(gate)
    workers.give(series_of("1"), 1)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        workers.give(series_of("2"), 2)

    wait_until(lambda: sorted(gate.begun) == ["1", "2"])
    workers.end()
