"""Canaries: listeners where webhooks must never lead, and a watch over all that connects.

No packet leaves this machine: a connection to anywhere else is noted and refused on the spot.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from unittest import mock

from tests.receivers import RawReceiver, count_only

CANARY_HOSTS = ("127.0.0.1", "::1")
ALLOWED_HOST = "127.0.0.2"
"""Where receivers that may be reached listen."""


class Wire:
    """Every attempt of this process to connect, except to the allowed host, and the canaries."""

    def __init__(self, canaries: Sequence[RawReceiver]) -> None:
        self._canaries = canaries
        self._heard_before = 0
        self._is_watching = True
        self.tried: list[str] = []
        sys.addaudithook(self._hook)

    @property
    def port(self) -> int:
        """Where the canaries listen."""
        return self._canaries[0].port

    @property
    def families(self) -> int:
        """1 where there is IPv4 alone, else 2."""
        return len(self._canaries)

    def heard(self) -> int:
        """How many connections the canaries have heard since the last `reset`."""
        return sum(canary.connections for canary in self._canaries) - self._heard_before

    def reset(self) -> None:
        self._heard_before += self.heard()
        self.tried.clear()

    def close(self) -> None:
        self._is_watching = False  # audit hooks stay for good

    def _hook(self, event: str, details: tuple[Any, ...]) -> None:
        if event != "socket.connect" or not self._is_watching or isinstance(details[1], str):
            return
        host = details[1][0]
        if host != ALLOWED_HOST:
            self.tried.append(host)
        if not host.startswith("127.") and host != "::1":
            raise ConnectionRefusedError(f"{host} is not this machine")


def canaries() -> Iterator[RawReceiver]:
    """Listeners on one port of this machine, in both families where there are two."""
    first = RawReceiver(count_only, host=CANARY_HOSTS[0])
    yield first
    with suppress(OSError):
        yield RawReceiver(count_only, host=CANARY_HOSTS[1], port=first.port)


@contextmanager
def resolving(found: Callable[[str], Sequence[str] | None]) -> Iterator[None]:
    """Let the system's resolver give these addresses for a name; None asks the real one."""
    real = socket.getaddrinfo

    def answer(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        addresses = found(host)
        if addresses is None:
            return real(host, port, *args, **options)
        return [
            (
                socket.AF_INET6 if ":" in one else socket.AF_INET,
                socket.SOCK_STREAM,
                socket.IPPROTO_TCP,
                "",
                (one, port),
            )
            for one in addresses
        ]

    with mock.patch("socket.getaddrinfo", answer):
        yield
