"""The threads that answer requests and the queue before them."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from waitress.task import ThreadedTaskDispatcher

from expressb2b_server.serving.log import logger

SLOW_SECONDS = 0.002
_AWAITED_AT_MOST = 4


class Job(Protocol):
    """What waits in the queue: a connection with a request."""

    @property
    def is_change(self) -> bool:
        """Whether the request is more than a question."""

    def service(self) -> None:
        """Answers one request."""

    def cancel(self) -> None:
        """Gives it up, since there are no threads any more."""


class RequestQueue(ThreadedTaskDispatcher):
    """waitress's, with a notion of being full instead of a warning for each waiting request.

    At most `most_changes` threads answer changes. Those may all come to wait for one thing, such
    as a database that another program holds; with one thread more, questions are answered still.

    Questions are quick, and threads that answer them at the same time would only take the
    interpreter from each other. So one thread answers them in turn, and the loop that reads waits
    for it; a thread that takes longer than `SLOW_SECONDS` over one is left to itself, and another
    is called.
    """

    logger = logger

    def __init__(self, limit: int, most_changes: int) -> None:
        super().__init__()
        self.queue = _Lanes(self, most_changes)
        self._limit = limit
        self._answered = threading.Condition(self.lock)
        self._at_work: set[_Taken] = set()
        self._is_called = False
        self._progress = 0
        self.is_awaited = False

    @property
    def is_full(self) -> bool:
        return len(self.queue) >= self._limit

    def add_task(self, task: Job) -> None:
        with self.lock:
            if task.is_change:
                self.queue.append_change(_Taken(task, self._end_change))
                self.queue_cv.notify()
            else:
                self.queue.append_question(_Taken(task, self._end_question))
                self._call_for_questions()

    def await_answers(self) -> None:
        """Let the questions be answered before anything else is read, as long as that is quick."""
        with self.lock:
            self.is_awaited = True
            for _ in range(_AWAITED_AT_MOST):
                if not (self.queue.questions or self._at_work):
                    break
                before = self._progress
                self._answered.wait(SLOW_SECONDS)
                if self._progress == before:
                    self._leave_slow_ones()
                    break
            self.is_awaited = False

    def begin_question(self, question: _Taken) -> None:
        """With the lock: a thread has taken a question."""
        self._is_called = False
        self._at_work.add(question)

    def begin_change(self) -> None:
        """With the lock: a thread has taken a change, perhaps the one called for questions."""
        self._is_called = False
        self._call_for_questions()

    def _end_question(self, question: _Taken) -> None:
        """Tells the loop when that was the last one."""
        with self.lock:
            self._progress += 1
            self._at_work.discard(question)
            if self.queue.questions:
                self._is_called = True  # this thread is free for the next one
            elif not self._at_work:
                self._answered.notify()

    def _end_change(self, change: _Taken) -> None:
        """Lets the next change begin."""
        with self.lock:
            self.queue.changes -= 1
            self.queue_cv.notify()

    def _call_for_questions(self) -> None:
        if self.queue.questions and not self._at_work and not self._is_called:
            self._is_called = True
            self.queue_cv.notify()

    def _leave_slow_ones(self) -> None:
        self._at_work.clear()
        self._is_called = False
        self._call_for_questions()


class _Taken:
    """A job in the queue, and what is to be told when it is done."""

    def __init__(self, job: Job, tell: Callable[[_Taken], None]) -> None:
        self._job = job
        self._tell = tell

    def service(self) -> None:
        try:
            self._job.service()
        finally:
            self._tell(self)

    def cancel(self) -> None:
        self._job.cancel()


class _Lanes:
    """First come, first served, but for changes beyond the number that may be under way.

    Its truth says whether there is anything to be taken now, its length how much waits.
    """

    def __init__(self, queue: RequestQueue, most_changes: int) -> None:
        self.changes = 0
        self.questions: deque[tuple[int, _Taken]] = deque()
        self._queue = queue
        self._most_changes = most_changes
        self._came = itertools.count()
        self._changes: deque[tuple[int, _Taken]] = deque()

    def __len__(self) -> int:
        return len(self.questions) + len(self._changes)

    def __bool__(self) -> bool:
        return bool(self.questions) or self._may_change()

    def append_question(self, question: _Taken) -> None:
        self.questions.append((next(self._came), question))

    def append_change(self, change: _Taken) -> None:
        self._changes.append((next(self._came), change))

    def popleft(self) -> _Taken:
        if self._is_change_next():
            self.changes += 1
            change = self._changes.popleft()[1]
            self._queue.begin_change()
            return change
        question = self.questions.popleft()[1]
        self._queue.begin_question(question)
        return question

    def _is_change_next(self) -> bool:
        if not self.questions or not self._may_change():
            return not self.questions
        return self._changes[0][0] < self.questions[0][0]

    def _may_change(self) -> bool:
        return bool(self._changes) and self.changes < self._most_changes
