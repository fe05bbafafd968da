"""Changes that wait for a thread, and in which order they are worked on.

Everything here is called with the lock of the `RequestQueue` that they belong to.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Protocol

_TOGETHER_AT_MOST = 64


class Job(Protocol):
    """What waits in the queue: a connection with a request."""

    @property
    def is_change(self) -> bool:
        """Whether the request is more than a question."""

    def begin(self) -> None:
        """Does of a change what can be done before others are begun as well."""

    def service(self) -> None:
        """Answers one request."""

    def cancel(self) -> None:
        """Gives it up, since there are no threads any more."""


class Step:
    """What a thread does at a time: one of the two halves of a change."""

    __slots__ = ("began", "is_beginning", "job")

    def __init__(self, job: Job, *, is_beginning: bool) -> None:
        self.job = job
        self.began = time.perf_counter()
        self.is_beginning = is_beginning

    def do(self) -> None:
        if self.is_beginning:
            self.job.begin()
        else:
            self.job.service()


class Changes:
    """All that wait are begun, and then all of those are ended, the first for all of them.

    So they are in one transaction of a database that commits together, and one thread works on
    them (or as many as may `at_once`): others would take the interpreter from it at every
    statement. A step that is slow is left to itself, and no longer counts.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._at_work: set[Step] = set()
        self._waiting: deque[Job] = deque()
        self._begun: deque[Job] = deque()
        self._ending: deque[Job] = deque()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._begun) + len(self._ending)

    @property
    def has_step(self) -> bool:
        """Whether a thread can do something now."""
        return len(self._at_work) < self._at_once and len(self) > 0

    def append(self, job: Job) -> None:
        """Let a change wait."""
        self._waiting.append(job)

    def take(self) -> Step:
        """The next step; only while `has_step`."""
        step = self._next()
        self._at_work.add(step)
        return step

    def end(self, step: Step) -> None:
        """A step is done."""
        self._at_work.discard(step)
        if step.is_beginning:
            self._begun.append(step.job)

    def leave_begun_before(self, moment: float) -> None:
        """Leave those to themselves that began before, by `time.perf_counter`."""
        if self._at_work:
            self._at_work = {step for step in self._at_work if step.began > moment}

    def give_up(self) -> list[Job]:
        """The jobs that will not be worked on any more."""
        rest = [*self._ending, *self._begun, *self._waiting]
        for jobs in (self._ending, self._begun, self._waiting):
            jobs.clear()
        return rest

    def _next(self) -> Step:
        if not self._ending and self._waiting and len(self._begun) < _TOGETHER_AT_MOST:
            return Step(self._waiting.popleft(), is_beginning=True)
        if not self._ending:
            self._ending, self._begun = self._begun, self._ending
        return Step(self._ending.popleft(), is_beginning=False)
