"""The threads that answer requests and the queue before them."""

from __future__ import annotations

from typing import Protocol

from waitress.task import ThreadedTaskDispatcher

from expressb2b_server.serving.log import logger


class Job(Protocol):
    """What waits in the queue: a connection with a request."""

    def service(self) -> None:
        """Answers one request."""


class RequestQueue(ThreadedTaskDispatcher):
    """waitress's, with a notion of being full instead of a warning for each waiting request."""

    logger = logger

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    @property
    def is_full(self) -> bool:
        return len(self.queue) >= self._limit

    def add_task(self, task: Job) -> None:
        with self.lock:
            self.queue.append(task)
            self.queue_cv.notify()
