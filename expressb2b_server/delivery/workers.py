"""The threads that wait for receivers: each does one job at a time and reports it done."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from expressb2b_server.delivery.series import Series

_log = logging.getLogger("expressb2b.delivery")


class Workers:
    """Threads started when they are needed; `work` is called with a series and must not raise.

    They are daemons: a receiver that keeps one of them waiting does not hold up the end of the
    process.
    """

    def __init__(self, work: Callable[[Series], None]) -> None:
        self._work = work
        self._jobs: SimpleQueue[Series | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def give(self, job: Series, in_hand: int) -> None:
        """Have a job done; `in_hand` are not done yet, this one included."""
        self._jobs.put(job)
        if len(self._threads) < in_hand:
            self._add()

    def withdraw(self) -> list[Series]:
        """Take back the jobs that no thread has begun."""
        jobs = []
        with suppress(Empty):
            while (job := self._jobs.get_nowait()) is not None:
                jobs.append(job)
        return jobs

    def end(self) -> None:
        """Let every thread end as soon as its job is done."""
        for _ in self._threads:
            self._jobs.put(None)
        self._threads.clear()

    def _add(self) -> None:
        thread = threading.Thread(target=self._run, name="delivery-worker", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # Out of threads: the job waits for one that exists, or for the end of its lease.
            _log.warning("no thread can be started for a delivery")
        else:
            self._threads.append(thread)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._work(job)
