"""What waits for a thread, and in which order it is worked on: questions and changes.

Everything here is called with the lock of the `RequestQueue` that the lanes belong to.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
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
    """What a thread does at a time."""

    __slots__ = ("_work", "began", "job", "lane")

    def __init__(self, lane: Lane, job: Job, work: Callable[[], None]) -> None:
        self.lane = lane
        self.job = job
        self.began = time.perf_counter()
        self._work = work

    def do(self) -> None:
        self._work()


class Lane(ABC):
    """Jobs of one kind, of which so many are worked on at once.

    A step that is slow is left to itself: it counts no longer, but for the `most` that threads may
    ever be with this lane.
    """

    def __init__(self, at_once: int, most: int | None = None) -> None:
        self.done = 0
        self._waiting: deque[Job] = deque()
        self._at_once = at_once
        self._most = most
        self._at_work: set[Step] = set()
        self._under_way = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_busy(self) -> bool:
        """Whether there is anything that waits, or is being worked on and not slow."""
        return bool(len(self) or self._at_work)

    @property
    def has_step(self) -> bool:
        """Whether a thread can do something now."""
        if not len(self) or len(self._at_work) >= self._at_once:
            return False
        return self._most is None or self._under_way < self._most

    def append(self, job: Job) -> None:
        """Let a job wait."""
        self._waiting.append(job)

    def take(self) -> Step:
        """The next step; only while `has_step`."""
        step = self._next()
        self._at_work.add(step)
        self._under_way += 1
        return step

    def end(self, step: Step) -> None:
        """A step is done."""
        self._at_work.discard(step)
        self._under_way -= 1
        self.done += 1

    def leave_begun_before(self, moment: float) -> None:
        """Leave those to themselves that began before, by `time.perf_counter`."""
        if self._at_work:
            self._at_work = {step for step in self._at_work if step.began > moment}

    def leave_all(self) -> None:
        """Leave all to themselves that are being worked on."""
        self._at_work.clear()

    def give_up(self) -> list[Job]:
        """The jobs that will not be worked on any more."""
        rest = list(self._waiting)
        self._waiting.clear()
        return rest

    @abstractmethod
    def _next(self) -> Step: ...


class Questions(Lane):
    """Each is answered in one step, in turn."""

    def __init__(self) -> None:
        super().__init__(at_once=1)

    def _next(self) -> Step:
        job = self._waiting.popleft()
        return Step(self, job, job.service)


class Changes(Lane):
    """All that wait are begun, and then all of those are ended, the first for all of them.

    So they are in one transaction of a database that commits together, and one thread works on
    them: others would take the interpreter from it at every statement.
    """

    def __init__(self, at_once: int, most: int) -> None:
        super().__init__(at_once, most)
        self._begun: deque[Job] = deque()
        self._ending: deque[Job] = deque()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._begun) + len(self._ending)

    def end(self, step: Step) -> None:
        super().end(step)
        if isinstance(step, _Beginning):
            self._begun.append(step.job)

    def give_up(self) -> list[Job]:
        rest = [*self._ending, *self._begun, *super().give_up()]
        self._ending.clear()
        self._begun.clear()
        return rest

    def _next(self) -> Step:
        if not self._ending and self._waiting and len(self._begun) < _TOGETHER_AT_MOST:
            job = self._waiting.popleft()
            return _Beginning(self, job, job.begin)
        if not self._ending:
            self._ending, self._begun = self._begun, self._ending
        job = self._ending.popleft()
        return Step(self, job, job.service)


class _Beginning(Step):
    """The first half of a change."""

    __slots__ = ()
