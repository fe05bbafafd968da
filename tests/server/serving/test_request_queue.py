from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from expressb2b_server.serving import request_queue
from expressb2b_server.serving.request_queue import RequestQueue
from tests.receivers import wait_until

PATIENCE_SECONDS = 10
A_MOMENT_SECONDS = 0.05


class Job:
    """Goes on until it is released."""

    def __init__(self, *, is_change: bool = False) -> None:
        self.is_change = is_change
        self.begun = threading.Event()
        self.released = threading.Event()
        self.done = threading.Event()

    def service(self) -> None:
        self.begun.set()
        assert self.released.wait(PATIENCE_SECONDS)
        self.done.set()

    def cancel(self) -> None:
        pass


class Desk:
    """A queue with threads, and the jobs that were given to it."""

    def __init__(self, threads: int, most_changes: int) -> None:
        self.queue = RequestQueue(100, most_changes)
        self.queue.set_thread_count(threads)
        self._jobs: list[Job] = []
        # A thread that only just begins takes what is there, whoever was called.
        wait_until(lambda: not self.queue.active_count)

    def give(self, *, is_change: bool = False) -> Job:
        job = Job(is_change=is_change)
        self._jobs.append(job)
        self.queue.add_task(job)
        return job

    def give_begun(self, *, is_change: bool = False) -> Job:
        job = self.give(is_change=is_change)
        assert job.begun.wait(PATIENCE_SECONDS)
        return job

    def close(self) -> None:
        for job in self._jobs:
            job.released.set()
        self.queue.shutdown()


@pytest.fixture
def desk() -> Iterator[Desk]:
    opened = Desk(threads=3, most_changes=2)
    yield opened
    opened.close()


def test_questions_are_answered_in_turn(desk: Desk) -> None:
    first = desk.give_begun()
    second = desk.give()

    assert not second.begun.wait(A_MOMENT_SECONDS)

    first.released.set()
    assert second.begun.wait(PATIENCE_SECONDS)


def test_another_thread_is_called_when_one_is_slow(desk: Desk) -> None:
    slow = desk.give_begun()
    second = desk.give()

    desk.queue.await_answers()

    assert second.begun.wait(PATIENCE_SECONDS)
    assert not slow.done.is_set()


def test_nobody_waits_for_one_that_was_left_to_itself(desk: Desk) -> None:
    desk.give_begun()
    desk.queue.await_answers()

    assert desk.give().begun.wait(PATIENCE_SECONDS)


def test_loop_waits_for_the_answers_that_are_on_their_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_queue, "SLOW_SECONDS", PATIENCE_SECONDS)
    job = desk.give_begun()

    def release_once_awaited() -> None:
        wait_until(lambda: desk.queue.is_awaited)
        job.released.set()

    releasing = threading.Thread(target=release_once_awaited)
    releasing.start()
    desk.queue.await_answers()

    assert job.done.is_set()
    assert not desk.queue.is_awaited
    releasing.join()


def test_changes_are_made_beside_each_other_and_leave_room_for_questions(desk: Desk) -> None:
    desk.give_begun(is_change=True)
    desk.give_begun(is_change=True)
    third = desk.give(is_change=True)

    assert desk.give().begun.wait(PATIENCE_SECONDS)
    assert not third.begun.is_set()


def test_question_is_answered_though_its_thread_was_taken_by_an_earlier_change(desk: Desk) -> None:
    first = desk.give_begun(is_change=True)
    second = desk.give_begun(is_change=True)
    waiting = desk.give_begun()
    change = desk.give(is_change=True)
    question = desk.give()

    first.released.set()
    waiting.released.set()

    assert change.begun.wait(PATIENCE_SECONDS)
    assert question.begun.wait(PATIENCE_SECONDS)
    assert not second.done.is_set()
