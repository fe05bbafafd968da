"""Connections to addresses that were checked: TCP to the address, TLS for the name.

Never resolves a name, never asks for a proxy, never follows a redirect. Which address is
acceptable is decided elsewhere; so is what becomes of a connection afterwards.
"""

import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus

from urllib3.connection import HTTPConnection, HTTPSConnection

from expressb2b_core.rules.webhook_urls import Target
from expressb2b_core.runtime import Clock
from expressb2b_server.delivery.answers import Answer


class Deadline:
    """The moment at which an attempt is over, on the clock's monotonic time."""

    __slots__ = ("_clock", "at_ns")

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self.at_ns = clock.monotonic_ns() + round(seconds * 1e9)

    def passed(self) -> bool:
        return self._clock.monotonic_ns() >= self.at_ns

    def remaining_seconds(self) -> float:
        """Return what a socket can take as its timeout: never 0, which means not to wait."""
        return max(0.001, (self.at_ns - self._clock.monotonic_ns()) / 1e9)


class Connection(HTTPConnection):
    """A connection to one checked address; the host's name is for the certificate only."""

    address: str
    connect_timeout_seconds: float
    deadline: Deadline
    answer: Answer | None = None

    def open(self, address: str, deadline: Deadline, connect_timeout_seconds: float) -> None:
        """Connect, with TLS where the scheme asks for it.

        Raises:
            OSError: It could not be done, or not in time.
        """
        self.address = address
        self.connect_timeout_seconds = connect_timeout_seconds
        self.deadline = deadline
        try:
            self.connect()
            # From here on the deadline is the watchdog's: a socket's own timeout costs two more
            # calls of the system for each exchange, and begins anew with every byte.
            self.sock.settimeout(None)
        except BaseException:
            self.close()
            raise

    def post(self, path: str, headers: Iterable[tuple[str, str]], body: bytes) -> Answer:
        """Send the request, and return the answer once its headers are read.

        `headers` are all that is sent, besides `Content-Length`. Nothing here ends by itself:
        whoever calls has to `cut` the connection at the deadline.

        Raises:
            OSError, HTTPException: No answer can be had.
            ValueError: A header is more than one line, or no Latin-1.
        """
        self.answer = None
        # Head and body at once: apart they would wake the receiver twice.
        self.sock.sendall(_head(path, headers, len(body)) + body)
        # urllib3's own answers add decoding and pooling, which are not wanted here.
        self.answer = Answer(self.sock, method="POST")
        self.answer.begin()
        return self.answer

    def answer_began(self) -> bool:
        return self.answer is not None and self.answer.wire.received > 0

    def can_be_kept(self) -> bool:
        """Tell whether the answer was read to its end and the receiver keeps the connection."""
        answer = self.answer
        if answer is None or answer.will_close or answer.status < HTTPStatus.OK:
            return False
        return answer.isclosed()

    def discard(self) -> None:
        """Close the connection and what was read from it."""
        with suppress(OSError):
            self.close()
        if self.answer is not None:
            with suppress(OSError):
                self.answer.close()

    def _new_conn(self) -> socket.socket:
        sock = socket.create_connection((self.address, self.port), self.connect_timeout_seconds)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A TLS handshake takes this as the limit for the whole of it.
        sock.settimeout(self.deadline.remaining_seconds())
        return sock


class TlsConnection(Connection, HTTPSConnection):
    """The same with TLS: the certificate is verified for the name in the URL."""


def _head(path: str, headers: Iterable[tuple[str, str]], length: int) -> bytes:
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    head = "\r\n".join([*lines, f"Content-Length: {length}", "", ""])
    # Two more than there are lines: of Content-Length, and the empty one.
    if not head.count("\r") == head.count("\n") == len(lines) + 2:
        raise ValueError("a header has to be one line")
    return head.encode("latin-1")


def new_connection(target: Target, tls: ssl.SSLContext) -> Connection:
    """Return a connection for the target that is not open yet."""
    if target.scheme == "https":
        return TlsConnection(target.host, target.port, ssl_context=tls)
    return Connection(target.host, target.port)


def cut(sock: socket.socket) -> None:
    """End all traffic at once, while another thread waits for it; that thread closes it."""
    with suppress(OSError):
        # Not sock.shutdown(): an SSLSocket's own would go on reading without TLS.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
