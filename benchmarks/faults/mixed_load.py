"""Writers and readers on a server that has trouble, and what each of them is told."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from benchmarks.faults.ordering import Answer, Client, Shop, Writers, repeating

READERS = 2
WRITE_PAUSE_SECONDS = 0.02
READ_PAUSE_SECONDS = 0.02


class MixedLoad:
    """Several writers and two readers; `wrong` has every answer that none should get.

    A write is answered with 201, or with 503 and `Retry-After`; a read with 200.
    """

    def __init__(self, port: int, shop: Shop, writers: int) -> None:
        self.writers = Writers("load")
        self.wrong: Counter[str] = Counter()
        self.reads = 0
        self.slowest_read_seconds = 0.0
        self._lock = threading.Lock()
        self._port = port
        self._shop = shop
        self._count = writers
        self._writes: Counter[int] = Counter()

    @contextmanager
    def running(self) -> Iterator[None]:
        """The load is on for as long as the block lasts."""
        write = [partial(self._write, Client(self._port, self._shop)) for _ in range(self._count)]
        read = [partial(self._read, Client(self._port, self._shop)) for _ in range(READERS)]
        steps: list[Callable[[], None]] = [*write, *read]
        with repeating(steps):
            yield

    def writes(self, status: int) -> int:
        """How many writes were answered so, so far."""
        return self._writes[status]

    def _write(self, client: Client) -> None:
        answer = self.writers.place(client)
        with self._lock:
            self._note_write(answer)
        time.sleep(WRITE_PAUSE_SECONDS)

    def _note_write(self, answer: Answer | None) -> None:
        if answer is None:
            self.wrong["no answer"] += 1
            return
        self._writes[answer.status] += 1
        if answer.status not in (201, 503):
            self.wrong[f"{answer.status} to a write"] += 1
        elif answer.status == 503 and not answer.headers.get("retry-after", "").isdigit():
            self.wrong["503 without Retry-After"] += 1

    def _read(self, client: Client) -> None:
        started = time.monotonic()
        try:
            status = client.request("GET", "/api/orders?per_page=1").status
        except (OSError, http.client.HTTPException):
            status = 0
        seconds = time.monotonic() - started
        with self._lock:
            self.reads += 1
            self.slowest_read_seconds = max(self.slowest_read_seconds, seconds)
            if status != 200:
                self.wrong[f"{status} to a read"] += 1
        time.sleep(READ_PAUSE_SECONDS)
