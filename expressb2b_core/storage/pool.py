"""Connections to one PostgreSQL, each lent to one thread at a time.

There are never more than `size`, whatever number of threads asks. One that broke is not lent
again, and neither are those that were idle meanwhile: a restart of the server breaks them all.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expressb2b_core.errors import StorageUnavailable

if TYPE_CHECKING:
    from psycopg import Connection

SIZE = 20
WAIT_SECONDS = 5.0
IDLE_SECONDS = 300.0
_IN_NO_TRANSACTION = 0


@dataclass(frozen=True, slots=True)
class _Idle:
    connection: Connection[Any]
    since: float


class Pool:
    """Lends connections that `connect` makes, when they are first needed."""

    def __init__(self, connect: Callable[[], Connection[Any]], size: int = SIZE) -> None:
        self._connect = connect
        self._size = size
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._generation = 0
        self._idle: deque[_Idle] = deque()
        self._free = threading.BoundedSemaphore(size)

    @contextmanager
    def lent(self) -> Iterator[Connection[Any]]:
        """A connection for this block; the one that was used last, while it is warm.

        Raises:
            StorageUnavailable: all of them are lent, for seconds, or none can be made.
        """
        if self._owner != os.getpid():
            self._begin_anew()  # the parent's connections are the parent's alone
        free = self._free
        if not free.acquire(timeout=WAIT_SECONDS):
            raise StorageUnavailable("All connections to the database are busy; try again.")
        try:
            generation, connection = self._take()
            try:
                yield connection
            finally:
                self._take_back(generation, connection)
        finally:
            free.release()

    def forget(self) -> None:
        """Lend none of the present connections again; the idle ones are closed at once."""
        with self._lock:
            self._generation += 1
            idle, self._idle = self._idle, deque()
        for one in idle:
            one.connection.close()

    def _begin_anew(self) -> None:
        self._owner = os.getpid()
        self._free = threading.BoundedSemaphore(self._size)
        self._idle = deque()

    def _take(self) -> tuple[int, Connection[Any]]:
        with self._lock:
            generation = self._generation
            if self._idle:
                return generation, self._idle.pop().connection
        return generation, self._connect()

    def _take_back(self, generation: int, connection: Connection[Any]) -> None:
        now = time.perf_counter()
        unused: list[Connection[Any]] = []
        with self._lock:
            if generation == self._generation and _is_idle(connection):
                self._idle.append(_Idle(connection, now))
            else:
                unused.append(connection)
            while self._idle and now - self._idle[0].since > IDLE_SECONDS:
                unused.append(self._idle.popleft().connection)
        for one in unused:
            one.close()


def _is_idle(connection: Connection[Any]) -> bool:
    """Whether it is open and in no transaction, so that anybody may use it next."""
    return not connection.closed and connection.pgconn.transaction_status == _IN_NO_TRANSACTION
