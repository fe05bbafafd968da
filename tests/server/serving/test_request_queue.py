"""Who is worked on when, by how many threads, and who reads meanwhile."""

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
        self.thread: threading.Thread | None = None
        self._slow_to_begin = slow_to_begin

    def begin(self) -> None:
        self.entered.set()
        if self._slow_to_begin:
            assert self.released.wait(PATIENCE_SECONDS)

    def service(self) -> None:
        self.thread = threading.current_thread()
        self.begun.set()
        assert self.released.wait(PATIENCE_SECONDS)
        self.done.set()

    def cancel(self) -> None:
        self.cancelled = True


class Desk:
    """A queue with threads, a loop that hands in what it is given, and the jobs."""

    def __init__(self, most_changes: int, changes_at_once: int) -> None:
        self.queue = RequestQueue(100, changes_at_once)
        self.reader: threading.Thread | None = None
        self.turns = 0
        self._jobs: list[Job] = []
        self._inbox: list[Job] = []
        self._is_over = False
        self._given = threading.Event()
        self._watch = threading.Thread(target=self.queue.run_loop, args=(self._turn,))
        self.queue.start_threads(most_changes)
        self._watch.start()
        wait_until(lambda: self.queue.idle_threads == most_changes + 1)

    def give(self, *, is_change: bool = False, slow_to_begin: bool = False) -> Job:
        """A job that has been read."""
        job = Job(is_change=is_change, slow_to_begin=slow_to_begin)
        self._jobs.append(job)
        self._inbox.append(job)
        self._given.set()
        wait_until(lambda: job not in self._inbox)
        return job

    def give_begun(self, *, is_change: bool = False) -> Job:
        job = self.give(is_change=is_change)
        assert job.begun.wait(PATIENCE_SECONDS)
        return job

    def give_left(self) -> Job:
        """A question that is being answered, by a thread that no longer reads."""
        job = self.give_begun()
        wait_until(lambda: self.reader is not job.thread)
        return job

    def close(self) -> None:
        for job in self._jobs:
            job.released.set()
        self._is_over = True
        self._given.set()
        self._watch.join(PATIENCE_SECONDS)
        self.queue.shutdown(PATIENCE_SECONDS)

    def _turn(self) -> bool:
        self.reader = threading.current_thread()
        self.turns += 1
        assert self._is_over or self._given.wait(PATIENCE_SECONDS)
        self._given.clear()
        while self._inbox:
            self.queue.add_task(self._inbox[0])
            self._inbox.pop(0)
        return not self._is_over


@pytest.fixture
def desk() -> Iterator[Desk]:
    """For changes one at a time."""
    opened = Desk(most_changes=2, changes_at_once=1)
    yield opened
    opened.close()


@pytest.fixture
def wide_desk() -> Iterator[Desk]:
    """For two changes at a time."""
    opened = Desk(most_changes=2, changes_at_once=2)
    yield opened
    opened.close()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No question is slow."""
    monkeypatch.setattr(request_queue, "SLOW_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every change is slow."""
    monkeypatch.setattr(request_queue, "SLOW_CHANGE_SECONDS", 0)


def test_who_became_idle_last_is_called_first(desk: Desk) -> None:
    threads = set()
    for _ in range(5):
        job = desk.give_begun(is_change=True)
        threads.add(job.thread)
        job.released.set()
        wait_until(lambda: desk.queue.idle_threads == 3)

    assert len(threads) == 1


def test_question_is_answered_by_the_thread_that_reads(patience: None, desk: Desk) -> None:
    job = desk.give_begun()

    assert job.thread is desk.reader
    assert desk.queue.is_answering
    assert not desk.queue.is_in_loop()

    job.released.set()
    wait_until(lambda: desk.turns == 2)
    assert job.thread is desk.reader
    assert not desk.queue.is_answering


def test_another_thread_reads_on_when_an_answer_is_slow(desk: Desk) -> None:
    slow = desk.give_begun()

    second = desk.give_begun()

    assert not slow.done.is_set()
    assert second.thread is not slow.thread


def test_thread_that_was_slow_does_not_read_again(desk: Desk) -> None:
    slow = desk.give_left()
    turns = desk.turns

    slow.released.set()

    wait_until(lambda: desk.queue.idle_threads == 3)
    assert desk.reader is not slow.thread
    assert desk.turns == turns


def test_reader_is_told_from_threads_that_answer(desk: Desk) -> None:
    told: list[bool] = []
    job = desk.give_left()
    job.done.set = lambda: told.append(desk.queue.is_in_loop())  # type: ignore[method-assign]

    job.released.set()

    wait_until(lambda: bool(told))
    assert told == [False]


def test_reading_goes_on_when_all_threads_are_busy(desk: Desk) -> None:
    slow = [desk.give_left() for _ in range(3)]

    waiting = desk.give()
    another = desk.give()
    assert not waiting.begun.wait(A_MOMENT_SECONDS)

    slow[0].released.set()
    assert waiting.begun.wait(PATIENCE_SECONDS)
    assert waiting.thread is slow[0].thread
    assert not another.begun.is_set()


def test_what_a_question_raises_ends_neither_thread_nor_loop(desk: Desk) -> None:
    failing = Job()
    failing.service = lambda: 1 / 0  # type: ignore[method-assign,assignment]
    desk.queue.add_task(failing)

    desk.give_begun()


def test_what_the_loop_raises_ends_it() -> None:
    def fail() -> bool:
        raise ZeroDivisionError

    queue = RequestQueue(1)
    queue.start_threads(1)

    with pytest.raises(ZeroDivisionError):
        queue.run_loop(fail)
    queue.shutdown(PATIENCE_SECONDS)


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


def test_slow_changes_leave_a_thread_to_go_on_with_the_loop(desk: Desk, impatience: None) -> None:
    desk.give_begun(is_change=True)
    desk.give(is_change=True)
    desk.queue.leave_slow_changes()
    third = desk.give(is_change=True)
    desk.queue.leave_slow_changes()

    slow = desk.give_left()

    assert not third.begun.is_set()
    slow.released.set()
    assert desk.give().begun.wait(PATIENCE_SECONDS)


def test_changes_are_made_beside_each_other_where_that_is_better(wide_desk: Desk) -> None:
    wide_desk.give_begun(is_change=True)
    wide_desk.give_begun(is_change=True)
    third = wide_desk.give(is_change=True)

    assert wide_desk.give().begun.wait(PATIENCE_SECONDS)
    assert not third.entered.is_set()


def test_change_that_waits_for_a_thread_gets_the_next_one(wide_desk: Desk) -> None:
    first = wide_desk.give_begun(is_change=True)
    slow = wide_desk.give_left()
    waiting = wide_desk.give(is_change=True)
    assert not waiting.entered.wait(A_MOMENT_SECONDS)

    slow.released.set()

    assert waiting.begun.wait(PATIENCE_SECONDS)
    assert not first.done.is_set()


def test_nothing_has_to_be_looked_at_while_no_change_waits(desk: Desk) -> None:
    desk.give_begun(is_change=True)

    assert desk.queue.look_again_seconds is None


def test_queue_is_full_of_what_waits() -> None:
    queue = RequestQueue(2)
    queue.add_task(Job())
    assert not queue.is_full

    queue.add_task(Job(is_change=True))

    assert queue.is_full


def test_what_still_waits_at_the_end_is_given_up() -> None:
    queue = RequestQueue(10)
    jobs = [Job(), Job(is_change=True)]
    for job in jobs:
        queue.add_task(job)

    queue.shutdown(PATIENCE_SECONDS)

    assert all(job.cancelled for job in jobs)
