"""Where series that are over wait for the dispatcher, and what wakes it."""

from __future__ import annotations

import threading
from collections import deque

from expressb2b_server.delivery.series import Series


class Inbox:
    """Series from many threads for the one that records what came of them.

    It is woken when there are as many as it waits for, not by each: changing threads costs more
    than recording a result.
    """

    def __init__(self) -> None:
        self._ended: deque[Series] = deque()
        self._bell = threading.Event()
        self._rung = False
        self._enough = 1

    def put(self, series: Series) -> None:
        self._ended.append(series)
        if len(self._ended) >= self._enough:
            self._bell.set()

    def ring(self) -> None:
        """End the waiting at once, or the next waiting."""
        if not self._rung:
            self._rung = True
            self._bell.set()

    def wait(self, seconds: float, enough: int = 1) -> None:
        """Return when `enough` are there, when somebody rings, or after so long."""
        self._enough = enough
        self._bell.clear()
        if len(self._ended) < enough and not self._rung:
            self._bell.wait(seconds)

    def take(self) -> tuple[list[Series], bool]:
        """All that are there, and whether somebody rang."""
        rung = self._rung
        if rung:  # not otherwise: who rings just now would not be heard
            self._rung = False
        return [self._ended.popleft() for _ in range(len(self._ended))], rung
