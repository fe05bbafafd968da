"""The threads that answer requests and the queue before them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from waitress.task import ThreadedTaskDispatcher

from expressb2b_server.serving.lanes import Changes, Job, Lane, Questions, Step
from expressb2b_server.serving.log import logger

SLOW_SECONDS = 0.002
SLOW_CHANGE_SECONDS = 0.05
_AWAITED_AT_MOST = 4


class RequestQueue(ThreadedTaskDispatcher):
    """waitress's, with a notion of being full instead of a warning for each waiting request.

    Threads that work at the same time mostly take the interpreter from each other. So one thread
    answers questions in turn, and the loop that reads waits for it; and one makes the changes that
    wait, all of those together, unless the database is better off with `changes_at_once`. A thread
    that is slow over one is left to itself, and another is called.

    At most `most_changes` threads are with changes. Those may all come to wait for one thing, such
    as a database that another program holds; with one thread more, questions are answered still.
    """

    logger = logger

    def __init__(self, limit: int, most_changes: int, changes_at_once: int = 1) -> None:
        super().__init__()
        self._questions = Questions()
        self._changes = Changes(changes_at_once, most_changes)
        self.queue = _Lanes(self, (self._questions, self._changes))
        self._limit = limit
        self._answered = threading.Condition(self.lock)
        self._is_called = False
        self.is_awaited = False

    @property
    def is_full(self) -> bool:
        return len(self.queue) >= self._limit

    @property
    def look_again_seconds(self) -> float | None:
        """After what time `leave_slow_changes` would find a change that waits for a slow one."""
        return SLOW_CHANGE_SECONDS if len(self._changes) else None

    def add_task(self, task: Job) -> None:
        with self.lock:
            lane = self._changes if task.is_change else self._questions
            lane.append(task)
            self.call()

    def await_answers(self) -> None:
        """Let the questions be answered before anything else is read, as long as that is quick."""
        with self.lock:
            self.is_awaited = True
            for _ in range(_AWAITED_AT_MOST):
                if not self._questions.is_busy:
                    break
                before = self._questions.done
                self._answered.wait(SLOW_SECONDS)
                if self._questions.done == before:
                    self._questions.leave_all()
                    self.call()
                    break
            self.is_awaited = False

    def leave_slow_changes(self) -> None:
        """Let another thread go on with the changes that wait behind a slow one."""
        if not len(self._changes):
            return
        with self.lock:
            self._changes.leave_begun_before(time.perf_counter() - SLOW_CHANGE_SECONDS)
            self.call()

    def call(self) -> None:
        """With the lock: wake a thread, if there is something for it and none is on its way."""
        is_anybody_idle = len(self.threads) - self.stop_count > self.active_count
        if self.queue and is_anybody_idle and not self._is_called:
            self._is_called = True
            self.queue_cv.notify()

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Ends the threads, and gives up what waits."""
        super().shutdown(cancel_pending=False, timeout=timeout)
        with self.lock:
            rest = [*self._questions.give_up(), *self._changes.give_up()]
        for job in rest:
            job.cancel()
        return bool(rest)

    def take(self) -> _Task:
        """With the lock: a thread is here; what it is to do."""
        self._is_called = False
        lane = self._questions if self._questions.has_step else self._changes
        step = lane.take()
        self.call()
        return _Task(step, self._end)

    def _end(self, step: Step) -> None:
        """Tells the loop when that was the last question."""
        with self.lock:
            step.lane.end(step)
            if not self._questions.is_busy:
                self._answered.notify()


class _Task:
    """What waitress's threads call."""

    __slots__ = ("_step", "_tell")

    def __init__(self, step: Step, tell: Callable[[Step], None]) -> None:
        self._step = step
        self._tell = tell

    def service(self) -> None:
        try:
            self._step.do()
        finally:
            self._tell(self._step)


class _Lanes:
    """The lanes as waitress's queue: true while a thread can take something."""

    def __init__(self, queue: RequestQueue, lanes: tuple[Lane, ...]) -> None:
        self._queue = queue
        self._lanes = lanes

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes)

    def __bool__(self) -> bool:
        return any(lane.has_step for lane in self._lanes)

    def popleft(self) -> _Task:
        return self._queue.take()
