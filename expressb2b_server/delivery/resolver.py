"""Finds the addresses of a host within a time limit, and remembers them for a few seconds.

Whether they may be connected to is decided by `expressb2b_core.rules.webhook_urls`.
"""

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from expressb2b_core.runtime import Clock

Lookup = Callable[[str, int], Sequence[str]]

CACHE_SECONDS = 5
MAX_CACHED = 1024
MAX_UNDER_WAY = 64


class NotResolved(OSError):
    """No address was found."""


def system_lookup(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the system's resolver gives, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class Resolver:
    """Answers of a lookup, each kept for `CACHE_SECONDS`; failures are kept for `found` alone.

    The system's lookup knows no time limit and may take half a minute, so each one runs in a
    thread of its own that nobody has to wait for, one at a time for the same host. The threads
    are daemons, since those of an executor would hold up the end of the process.
    """

    def __init__(self, lookup: Lookup, clock: Clock) -> None:
        self._lookup = lookup
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._failed: dict[str, int] = {}
        self._under_way: dict[str, Future[tuple[str, ...]]] = {}

    def addresses(self, host: str, port: int, timeout_seconds: float) -> tuple[str, ...]:
        """Return the host's addresses, at most `CACHE_SECONDS` old.

        Raises:
            NotResolved: The name has none, or too many lookups are under way.
            TimeoutError: None was found in time.
        """
        with self._lock:
            until_ns, addresses = self._known.get(host, (0, ()))
            if self._clock.monotonic_ns() < until_ns:
                return addresses
            answer = self._under_way.get(host) or self._start(host, port)
        return answer.result(timeout_seconds)

    def found(self, host: str, port: int, timeout_seconds: float) -> tuple[str, ...]:
        """Return the same, or nothing where none is found, which is remembered as well.

        So who asks again while the database is held does not wait again.
        """
        with self._lock:
            if self._clock.monotonic_ns() < self._failed.get(host, 0):
                return ()
        try:
            return self.addresses(host, port, timeout_seconds)
        except OSError:
            with self._lock:
                if len(self._failed) >= MAX_CACHED:
                    self._failed.clear()
                self._failed[host] = self._keep_until_ns()
            return ()

    def _start(self, host: str, port: int) -> Future[tuple[str, ...]]:
        if len(self._under_way) >= MAX_UNDER_WAY:
            raise NotResolved("too many lookups under way")
        answer: Future[tuple[str, ...]] = Future()
        threading.Thread(
            target=self._run, args=(host, port, answer), name="resolver", daemon=True
        ).start()
        # After the start, which may fail; the thread cannot finish before the lock is free.
        self._under_way[host] = answer
        return answer

    def _run(self, host: str, port: int, answer: Future[tuple[str, ...]]) -> None:
        try:
            addresses = tuple(self._lookup(host, port))
        except Exception as error:
            self._finish(host, ())
            answer.set_exception(NotResolved(str(error)))
        else:
            self._finish(host, addresses)
            answer.set_result(addresses)

    def _finish(self, host: str, addresses: tuple[str, ...]) -> None:
        with self._lock:
            del self._under_way[host]
            if len(self._known) >= MAX_CACHED:
                self._known.clear()
            if addresses:
                self._known[host] = (self._keep_until_ns(), addresses)

    def _keep_until_ns(self) -> int:
        return self._clock.monotonic_ns() + CACHE_SECONDS * 1_000_000_000
