"""The threads that answer requests and the queue before them."""

from __future__ import annotations

import itertools
from collections import deque
from typing import Protocol

from waitress.task import ThreadedTaskDispatcher

from expressb2b_server.serving.log import logger


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
    """

    logger = logger

    def __init__(self, limit: int, most_changes: int) -> None:
        super().__init__()
        self.queue = _Lanes(most_changes)
        self._limit = limit

    @property
    def is_full(self) -> bool:
        return len(self.queue) >= self._limit

    def add_task(self, task: Job) -> None:
        with self.lock:
            self.queue.append(_Change(task, self) if task.is_change else task)
            self.queue_cv.notify()

    def end_change(self) -> None:
        """Lets the next change begin."""
        with self.lock:
            self.queue.changes -= 1
            self.queue_cv.notify()


class _Change:
    """A job that counts as a change until it is done."""

    def __init__(self, job: Job, queue: RequestQueue) -> None:
        self._job = job
        self._queue = queue

    def service(self) -> None:
        try:
            self._job.service()
        finally:
            self._queue.end_change()

    def cancel(self) -> None:
        self._job.cancel()


class _Lanes:
    """First come, first served, but for changes beyond the number that may be under way.

    Its truth says whether there is anything to be taken now, its length how much waits.
    """

    def __init__(self, most_changes: int) -> None:
        self.changes = 0
        self._most_changes = most_changes
        self._came = itertools.count()
        self._questions: deque[tuple[int, Job]] = deque()
        self._changes: deque[tuple[int, _Change]] = deque()

    def __len__(self) -> int:
        return len(self._questions) + len(self._changes)

    def __bool__(self) -> bool:
        return bool(self._questions) or self._may_change()

    def append(self, job: Job | _Change) -> None:
        if isinstance(job, _Change):
            self._changes.append((next(self._came), job))
        else:
            self._questions.append((next(self._came), job))

    def popleft(self) -> Job | _Change:
        if self._is_change_next():
            self.changes += 1
            return self._changes.popleft()[1]
        return self._questions.popleft()[1]

    def _is_change_next(self) -> bool:
        if not self._questions or not self._may_change():
            return not self._questions
        return self._changes[0][0] < self._questions[0][0]

    def _may_change(self) -> bool:
        return bool(self._changes) and self.changes < self._most_changes
