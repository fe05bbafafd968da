"""Keeps open connections for the next delivery to the same receiver, for a short while."""

import threading
from collections.abc import Container
from typing import NamedTuple

from expressb2b_core.rules.webhook_urls import Target
from expressb2b_core.runtime import Clock
from expressb2b_server.delivery.connections import Connection
from expressb2b_server.delivery.watchdog import Watchdog

IDLE_SECONDS = 15
MAX_IDLE = 100


class _Idle(NamedTuple):
    origin: tuple[str, str, int]
    until_ns: int
    connection: Connection


class IdleConnections:
    """At most `MAX_IDLE` connections, each closed after `IDLE_SECONDS` without use."""

    def __init__(self, clock: Clock, watchdog: Watchdog) -> None:
        self._clock = clock
        self._watchdog = watchdog
        self._lock = threading.Lock()
        self._idle: list[_Idle] = []
        self._sweep_is_set = False
        self._closed = False

    def take(self, target: Target, addresses: Container[str]) -> Connection | None:
        """Return a live connection to one of these addresses, the latest used, or None."""
        while connection := self._pop(_origin(target)):
            # What can be read from it is its end, or something that nobody asked for.
            if connection.address in addresses and connection.is_connected:
                return connection
            connection.discard()
        return None

    def keep(self, target: Target, connection: Connection) -> None:
        """Take over an open connection that is not used any more."""
        until_ns = self._clock.monotonic_ns() + IDLE_SECONDS * 1_000_000_000
        with self._lock:
            self._idle.append(_Idle(_origin(target), until_ns, connection))
            surplus = self._cut_to(0 if self._closed else MAX_IDLE)
            self._set_sweep()
        _discard(surplus)

    def close(self) -> None:
        """Close all, and keep none from now on."""
        with self._lock:
            self._closed = True
            surplus = self._cut_to(0)
        _discard(surplus)

    def _pop(self, origin: tuple[str, str, int]) -> Connection | None:
        with self._lock:
            for index in range(len(self._idle) - 1, -1, -1):
                if self._idle[index].origin == origin:
                    return self._idle.pop(index).connection
        return None

    def _cut_to(self, count: int) -> list[_Idle]:
        """Remove the longest unused, so that `count` are left."""
        surplus = self._idle[: max(0, len(self._idle) - count)]
        del self._idle[: len(surplus)]
        return surplus

    def _set_sweep(self) -> None:
        if self._idle and not self._sweep_is_set:
            self._sweep_is_set = True
            self._watchdog.call_at(self._idle[0].until_ns, self._sweep)

    def _sweep(self) -> None:
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            overdue = self._cut_to(sum(idle.until_ns > now_ns for idle in self._idle))
            self._sweep_is_set = False
            self._set_sweep()
        _discard(overdue)


def _origin(target: Target) -> tuple[str, str, int]:
    return target.scheme, target.host, target.port


def _discard(surplus: list[_Idle]) -> None:
    for idle in surplus:
        idle.connection.discard()
