"""Webhook receivers on loopback: well-behaved ones with answers to order, and raw ones for the
rest. Each runs in threads of its own, and counts its connections.
"""

import contextlib
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

LIMIT_SECONDS = 10


@dataclass(frozen=True)
class Received:
    """One request as it stood on the wire; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    head: bytes


@dataclass(frozen=True)
class Reply:
    """An answer to order; `close` ends the connection after it, and says so."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    close: bool = False

    def encode(self) -> bytes:
        headers = dict(self.headers)
        if self.status != 204:
            headers["Content-Length"] = str(len(self.body))
        if self.close:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {self.status} Status", *(f"{n}: {v}" for n, v in headers.items())]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


Answer = Reply | Sequence[Reply] | Callable[[Received], Reply | bytes | None]
Script = Callable[["RawReceiver", socket.socket], None]


class RawReceiver:
    """Runs `script(receiver, connection)` for every connection; then the connection is closed.

    Scripts that never end wait on `closing`, which is set when the receiver is closed.
    """

    def __init__(
        self,
        script: Script,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.closing = threading.Event()
        self.connections = 0
        self._script = script
        self._tls = tls
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=256)
        self.host, self.port = self._listener.getsockname()[:2]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}/hook"

    def close(self) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(LIMIT_SECONDS)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(LIMIT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        served = connection
        try:
            if self._tls is not None:
                served = self._tls.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._open.add(served)
            self._script(self, served)
        except OSError:
            pass  # the other side went away, as many of these tests want it to
        finally:
            with self._lock:
                self._open -= {connection, served}
            served.close()
            connection.close()


class Receiver(RawReceiver):
    """An HTTP/1.1 receiver with keep-alive that keeps every request, raw, in `requests`.

    `answer` may be changed at any time: one reply for all, several in turn (the last one
    repeats), or a function of the request that gives a reply, raw bytes, or None for closing the
    connection without an answer.
    """

    def __init__(
        self,
        answer: Answer = Reply(),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answer = answer
        self.requests: list[Received] = []
        self._arrived = threading.Condition()
        super().__init__(_serve_http, host=host, port=port, tls=tls)

    def wait_for(self, count: int, seconds: float = LIMIT_SECONDS) -> list[Received]:
        """Return the requests as soon as there are `count`; fails when they do not come."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.requests) >= count, seconds):
                raise AssertionError(f"{len(self.requests)} of {count} requests came")
            return list(self.requests)

    def reply_to(self, request: Received) -> bytes | None:
        """Note the request, and return the bytes to answer with."""
        with self._arrived:
            self.requests.append(request)
            index = len(self.requests) - 1
            self._arrived.notify_all()
        answer = self.answer
        if isinstance(answer, Reply):
            return answer.encode()
        if isinstance(answer, Sequence):
            return answer[min(index, len(answer) - 1)].encode()
        reply = answer(request)
        return reply.encode() if isinstance(reply, Reply) else reply


def _serve_http(receiver: RawReceiver, connection: socket.socket) -> None:
    assert isinstance(receiver, Receiver)
    with connection.makefile("rb") as stream:
        while request := read_request(stream):
            reply = receiver.reply_to(request)
            if reply is None:
                return
            connection.sendall(reply)
            if b"\r\nConnection: close\r\n" in reply:
                return


def read_request(stream: io.BufferedReader) -> Received | None:
    """Read one request with a Content-Length; None at the stream's end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines)}
    body = stream.read(int(headers.get("content-length", "0")))
    return Received(method, path, headers, body, head)


def wait_until(condition: Callable[[], bool], seconds: float = LIMIT_SECONDS) -> None:
    """Return as soon as the condition holds; fails when it does not come to hold."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "the condition never came to hold"
        time.sleep(0.002)


def refused_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


# Scripts for RawReceiver. Each reads the whole request first, where it is about the answer.


def take_request(connection: socket.socket) -> None:
    with connection.makefile("rb") as stream:
        read_request(stream)


def answer_and_close(*parts: bytes) -> Script:
    """Send these bytes, and nothing more."""

    def script(receiver: RawReceiver, connection: socket.socket) -> None:
        take_request(connection)
        for part in parts:
            connection.sendall(part)

    return script


def answer_and_hold(*parts: bytes) -> Script:
    """Send these bytes, and keep the connection open."""

    def script(receiver: RawReceiver, connection: socket.socket) -> None:
        answer_and_close(*parts)(receiver, connection)
        receiver.closing.wait(LIMIT_SECONDS)

    return script


def drip(start: bytes, byte: bytes, every_seconds: float = 0.02) -> Script:
    """Send the start, and then a byte at a time, longer than any test waits."""

    def script(receiver: RawReceiver, connection: socket.socket) -> None:
        take_request(connection)
        connection.sendall(start)
        for _ in range(round(LIMIT_SECONDS / every_seconds)):
            if receiver.closing.wait(every_seconds):
                return
            connection.sendall(byte)

    return script


def flood(start: bytes, unit: bytes, times: int) -> Script:
    """Send the start, and then the unit this many times, as fast as it is taken."""

    def script(receiver: RawReceiver, connection: socket.socket) -> None:
        take_request(connection)
        connection.sendall(start)
        per_send = max(1, 65_536 // len(unit))
        for _ in range(times // per_send):
            connection.sendall(unit * per_send)

    return script


def hold(receiver: RawReceiver, connection: socket.socket) -> None:
    """Read nothing and say nothing."""
    receiver.closing.wait(LIMIT_SECONDS)


def count_only(receiver: RawReceiver, connection: socket.socket) -> None:
    """Close at once: for canaries, to which nobody may connect."""
