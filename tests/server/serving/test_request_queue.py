"""Who is worked on when, by how many threads."""

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
    """Goes on until it is released; a change with `slow_to_begin` does so in its first half."""

    def __init__(self, *, is_change: bool = False, slow_to_begin: bool = False) -> None:
        self.is_change = is_change
        self.entered = threading.Event()
        self.begun = threading.Event()
        self.released = threading.Event()
        self.done = threading.Event()
        self.cancelled = False
        self._slow_to_begin = slow_to_begin

    def begin(self) -> None:
        self.entered.set()
        if self._slow_to_begin:
            assert self.released.wait(PATIENCE_SECONDS)

    def service(self) -> None:
        self.begun.set()
        assert self.released.wait(PATIENCE_SECONDS)
        self.done.set()

    def cancel(self) -> None:
        self.cancelled = True


class Desk:
    """A queue with threads, and the jobs that were given to it."""

    def __init__(self, threads: int, most_changes: int, changes_at_once: int) -> None:
        self.queue = RequestQueue(100, most_changes, changes_at_once)
        self.queue.set_thread_count(threads)
        self._jobs: list[Job] = []
        # A thread that only just begins takes what is there, whoever was called.
        wait_until(lambda: not self.queue.active_count)

    def give(self, *, is_change: bool = False, slow_to_begin: bool = False) -> Job:
        job = Job(is_change=is_change, slow_to_begin=slow_to_begin)
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
    """For changes one at a time."""
    opened = Desk(threads=3, most_changes=2, changes_at_once=1)
    yield opened
    opened.close()


@pytest.fixture
def wide_desk() -> Iterator[Desk]:
    """For two changes at a time."""
    opened = Desk(threads=3, most_changes=2, changes_at_once=2)
    yield opened
    opened.close()


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every change is slow."""
    monkeypatch.setattr(request_queue, "SLOW_CHANGE_SECONDS", 0)


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


def test_changes_that_wait_are_all_begun_before_the_first_is_ended(desk: Desk) -> None:
    first = desk.give_begun(is_change=True)
    second = desk.give(is_change=True)
    third = desk.give(is_change=True)
    assert not second.entered.wait(A_MOMENT_SECONDS)

    first.released.set()

    assert second.begun.wait(PATIENCE_SECONDS)
    assert third.entered.is_set()
    assert not third.begun.is_set()


def test_changes_go_on_in_another_thread_when_one_is_slow_to_end(
    desk: Desk, impatience: None
) -> None:
    slow = desk.give_begun(is_change=True)
    second = desk.give(is_change=True)

    desk.queue.leave_slow_changes()

    assert second.begun.wait(PATIENCE_SECONDS)
    assert not slow.done.is_set()


def test_changes_go_on_in_another_thread_when_one_is_slow_to_begin(
    desk: Desk, impatience: None
) -> None:
    slow = desk.give(is_change=True, slow_to_begin=True)
    assert slow.entered.wait(PATIENCE_SECONDS)
    second = desk.give(is_change=True)
    assert desk.queue.look_again_seconds is not None

    desk.queue.leave_slow_changes()

    assert second.begun.wait(PATIENCE_SECONDS)
    assert not slow.begun.is_set()

    slow.released.set()
    second.released.set()
    assert slow.done.wait(PATIENCE_SECONDS)


def test_slow_changes_leave_room_for_questions(desk: Desk, impatience: None) -> None:
    desk.give_begun(is_change=True)
    desk.give(is_change=True)
    desk.queue.leave_slow_changes()
    third = desk.give(is_change=True)
    desk.queue.leave_slow_changes()

    assert desk.give().begun.wait(PATIENCE_SECONDS)
    assert not third.begun.is_set()


def test_changes_are_made_beside_each_other_where_that_is_better(wide_desk: Desk) -> None:
    wide_desk.give_begun(is_change=True)
    wide_desk.give_begun(is_change=True)
    third = wide_desk.give(is_change=True)

    assert wide_desk.give().begun.wait(PATIENCE_SECONDS)
    assert not third.entered.is_set()


def test_question_is_answered_though_its_thread_was_taken_by_an_earlier_change(
    wide_desk: Desk,
) -> None:
    first = wide_desk.give_begun(is_change=True)
    second = wide_desk.give_begun(is_change=True)
    waiting = wide_desk.give_begun()
    change = wide_desk.give(is_change=True)
    question = wide_desk.give()

    first.released.set()
    waiting.released.set()

    assert change.begun.wait(PATIENCE_SECONDS)
    assert question.begun.wait(PATIENCE_SECONDS)
    assert not second.done.is_set()


def test_nothing_has_to_be_looked_at_while_no_change_waits(desk: Desk) -> None:
    desk.give_begun(is_change=True)

    assert desk.queue.look_again_seconds is None


def test_queue_is_full_of_what_waits() -> None:
    queue = RequestQueue(2, 1)
    queue.add_task(Job())
    assert not queue.is_full

    queue.add_task(Job(is_change=True))

    assert queue.is_full


def test_what_still_waits_at_the_end_is_given_up() -> None:
    queue = RequestQueue(10, 1)
    jobs = [Job(), Job(is_change=True)]
    for job in jobs:
        queue.add_task(job)

    queue.shutdown()

    assert all(job.cancelled for job in jobs)
