"""The threads that answer requests, the queue before them, and which of them reads meanwhile.

Python runs one thread at a time, and threads that work at once mostly take the interpreter from
each other. So the thread that reads also answers questions, and hands nothing over; when one is
slow, another thread goes on with the reading (the pattern is known as leader and followers).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from expressb2b_server.serving.changes import Changes, Job, Step
from expressb2b_server.serving.log import logger

SLOW_SECONDS = 0.002
SLOW_CHANGE_SECONDS = 0.05
_ANSWERING_SECONDS = 0.008
_LOOK_FOR_SIGNALS_SECONDS = 0.5
_LEADER_AND_FOLLOWER = 2

Work = Callable[[], None]


class RequestQueue:
    """Questions wait for the thread that leads, changes for one of the others.

    The leader runs the loop that reads, and answers between its turns what questions it has read.
    It does so only while another thread is idle: that one keeps watch, and goes on with the loop
    as soon as an answer takes longer than `SLOW_SECONDS`; the slow answer is left to itself.
    Therefore one thread is kept from changes. When all are busy, the loop goes on, and each
    question is answered by whoever comes first.

    Changes that wait are made together by one thread, unless the database is better off with
    `changes_at_once`. A thread that is slow over one is left to itself as well.

    Who became idle last is called first: its memory, and its database connection's, is warm, and
    that of threads that are hardly needed stays small.

    `is_answering` says whether the leader answers a question, and will look around when it has.
    """

    def __init__(self, limit: int, changes_at_once: int = 1) -> None:
        self._limit = limit
        self._questions: deque[Job] = deque()
        self._changes = Changes(changes_at_once)
        self._lock = threading.Lock()
        self._watched = threading.Condition(self._lock)
        self._ended = threading.Condition(self._lock)
        self._threads: set[threading.Thread] = set()
        self._resting: list[threading.Condition] = []
        self._idle = 0
        self._is_called = False
        self._is_ending = False
        self._turn: Callable[[], bool] | None = None
        self._failure: BaseException | None = None
        self._needs_leader = False
        self._leader: int | None = None
        self.is_answering = False
        self._answering_since = 0.0
        self._has_watch = False
        self._is_watch_asleep = False

    def __len__(self) -> int:
        return len(self._questions) + len(self._changes)

    @property
    def is_full(self) -> bool:
        return len(self) >= self._limit

    @property
    def idle_threads(self) -> int:
        return self._idle

    @property
    def is_behind(self) -> bool:
        """Whether questions wait that the leader should answer when it has looked around."""
        return bool(self._questions and self._idle)

    @property
    def look_again_seconds(self) -> float | None:
        """After what time `leave_slow_changes` would find a change that waits for a slow one."""
        return SLOW_CHANGE_SECONDS if len(self._changes) else None

    def is_in_loop(self) -> bool:
        """Whether the caller's thread runs the loop now, rather than answering."""
        with self._lock:
            return self._leader == threading.get_ident() and not self.is_answering

    def add_task(self, task: Job) -> None:
        """Let a request wait."""
        if not task.is_change:
            self._questions.append(task)
            return
        with self._lock:
            self._changes.append(task)
            self._call()

    def leave_slow_changes(self) -> None:
        """Let another thread go on with the changes that wait behind a slow one."""
        if not len(self._changes):
            return
        with self._lock:
            self._changes.leave_begun_before(time.perf_counter() - SLOW_CHANGE_SECONDS)
            self._call()

    def start_threads(self, most_changes: int) -> None:
        """Starts as many as are needed when so many are with changes."""
        for number in range(most_changes + _LEADER_AND_FOLLOWER):
            thread = threading.Thread(target=self._work, name=f"request-{number}", daemon=True)
            self._threads.add(thread)
            thread.start()

    def run_loop(self, turn: Callable[[], bool]) -> None:
        """Have the threads call `turn`, one at a time, until it gives False; raises what it raises.

        The caller's thread waits, and is free for signals.
        """
        with self._lock:
            self._turn = turn
            self._appoint()
            while not self._ended.wait(_LOOK_FOR_SIGNALS_SECONDS) and self._turn is not None:
                pass
        if self._failure is not None:
            raise self._failure

    def shutdown(self, timeout_seconds: float) -> None:
        """Ends the threads, and gives up what waits."""
        with self._lock:
            self._is_ending = True
            for resting in self._resting:
                resting.notify()
            self._watched.notify()
        self._await_end(timeout_seconds)
        with self._lock:
            rest = [*self._questions, *self._changes.give_up()]
            self._questions.clear()
        for job in rest:
            job.cancel()

    def _await_end(self, timeout_seconds: float) -> None:
        until = time.perf_counter() + timeout_seconds
        for thread in self._threads:
            thread.join(max(0, until - time.perf_counter()))
        busy = sum(thread.is_alive() for thread in self._threads)
        if busy:
            logger.warning("%d threads still answer", busy)

    def _work(self) -> None:
        """What each thread does."""
        while (work := self._next_work()) is not None:
            _do(work)

    def _next_work(self) -> Work | None:
        with self._lock:
            while not self._is_ending:
                self._is_called = False
                work = self._choose()
                if work is not None:
                    self._call()
                    return work
                self._idle += 1
                self._wait()
                self._idle -= 1
        return None

    def _wait(self) -> None:
        """With the lock: keep watch over the leader, or rest until called if somebody does."""
        if self._has_watch:
            self._resting.append(resting := threading.Condition(self._lock))
            resting.wait()
            return
        self._has_watch = True
        while not (self._needs_leader or self._is_ending):
            self._keep_watch()
        self._has_watch = False

    def _choose(self) -> Work | None:
        """With the lock: what a thread that is not idle any more is to do."""
        if self._needs_leader:
            self._needs_leader = False
            self._leader = threading.get_ident()
            return self._lead
        if not self._idle:
            return self._questions.popleft().service if self._questions else None
        if self._changes.has_step:
            return partial(self._make_change, self._changes.take())
        return None

    def _call(self) -> None:
        """With the lock: wake a thread, if there is something for it and none is on its way."""
        if self._is_called:
            return
        has_change = self._idle > 1 and self._changes.has_step
        if self._resting and (has_change or not self._has_watch):
            self._is_called = True
            self._resting.pop().notify()

    def _make_change(self, step: Step) -> None:
        try:
            step.do()
        finally:
            with self._lock:
                self._changes.end(step)

    def _lead(self) -> None:
        assert self._turn is not None
        try:
            while self._turn():
                if not self._answer_questions():
                    return
        except BaseException as error:
            self._failure = error
        with self._lock:
            self._leader = self._turn = None
            self._ended.notify()

    def _answer_questions(self) -> bool:
        """Answers for a while what is there; tells whether this thread still leads."""
        if not self._questions:
            return True
        until = time.perf_counter() + _ANSWERING_SECONDS
        while (question := self._begin_question(until)) is not None:
            _do(question.service)
            if not self._end_question():
                return False
        return True

    def _begin_question(self, until: float) -> Job | None:
        now = time.perf_counter()
        with self._lock:
            if not self.is_behind or now >= until:
                return None
            self.is_answering = True
            self._answering_since = now
            if self._is_watch_asleep:
                self._watched.notify()
            return self._questions.popleft()

    def _end_question(self) -> bool:
        with self._lock:
            if self._leader != threading.get_ident():
                return False
            self.is_answering = False
            return True

    def _keep_watch(self) -> None:
        """With the lock: wait, or leave the leader to itself when it is slow over a question."""
        rest_seconds = self._answering_since + SLOW_SECONDS - time.perf_counter()
        if rest_seconds > 0:  # also between two questions, or each would have to wake the watch
            self._watched.wait(rest_seconds)
        elif self.is_answering:
            self._appoint()
        else:
            self._is_watch_asleep = True
            self._watched.wait()
            self._is_watch_asleep = False

    def _appoint(self) -> None:
        """With the lock: whoever keeps watch is to lead."""
        self._leader = None
        self.is_answering = False
        self._needs_leader = True
        self._watched.notify()


def _do(work: Work) -> None:
    try:
        work()
    except BaseException:
        logger.exception("a request failed")
