"""A server in a thread, a clock that is moved by hand, and a client that speaks raw bytes."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from expressb2b_server.serving import Server, Serving, listen
from expressb2b_server.serving.connection import Connection
from expressb2b_server.serving.deadlines import Phase

PATIENCE_SECONDS = 5.0
REQUEST = b"GET /hello HTTP/1.1\r\nHost: shop\r\n\r\n"


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json"
        document: dict[str, Any] = json.loads(self.body)
        return document


class Client:
    def __init__(
        self, port: int, receive_bytes: int | None = None, source: str | None = None
    ) -> None:
        self.socket = socket.socket()
        if source is not None:
            self.socket.bind((source, 0))
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(PATIENCE_SECONDS)
        self._unread = b""
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, data: bytes = REQUEST) -> Answer:
        self.send(data)
        return self.answer()

    def answer(self) -> Answer:
        head = self._read_until(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        body = self._read(int(headers.get("content-length", "0")))
        return Answer(int(status_line.split()[1]), headers, body)

    def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        while self._receive():
            pass
        rest, self._unread = self._unread, b""
        return rest

    def is_open(self) -> bool:
        """Whether the server has neither sent anything nor closed, as far as is known by now."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        finally:
            self.socket.settimeout(PATIENCE_SECONDS)
        return False

    def close(self) -> None:
        self.socket.close()

    def _receive(self) -> bytes:
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return b""
        self._unread += data
        return data

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._unread:
            assert self._receive(), f"closed after {self._unread!r}"
        head, _, self._unread = self._unread.partition(end)
        return head + end

    def _read(self, count: int) -> bytes:
        while len(self._unread) < count:
            assert self._receive(), "closed within a body"
        body, self._unread = self._unread[:count], self._unread[count:]
        return body


def assert_refused(client: Client, status: int, code: str) -> None:
    """One refusal, complete with everything it needs, and then the end of the connection."""
    answer = client.answer()
    assert (answer.status, answer.problem["code"]) == (status, code)
    assert answer.problem["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["connection"] == "close"
    assert "server" not in answer.headers
    assert client.rest() == b""


class Running:
    def __init__(self, server: Server, clock: FakeClock | None) -> None:
        self.server = server
        self.clock = clock
        self.thread = threading.Thread(target=server.run_until_stopped)
        self._clients: list[Client] = []
        self.thread.start()

    @property
    def open_connections(self) -> int:
        return len(self.server.active_channels)

    def connect(self, receive_bytes: int | None = None, source: str | None = None) -> Client:
        """A client whose connection the server has accepted."""
        client = Client(self.server.effective_port, receive_bytes, source)
        self._clients.append(client)
        wait_until(lambda: self.connection_of(client) is not None)
        return client

    def connection_of(self, client: Client) -> Connection | None:
        """The server's end of a client's connection, while it is open."""
        address = client.socket.getsockname()
        connections = tuple(self.server.active_channels.values())
        return next((one for one in connections if one.addr == address), None)

    def ask_and_rest(self, client: Client) -> None:
        """A request and its answer, after which the server has nothing left to do for it."""
        assert client.ask().status == 200
        connection = self.connection_of(client)
        wait_until(lambda: connection is not None and connection.phase is Phase.IDLE)

    def wait_for_part(self, client: Client) -> None:
        """Waits until some, but not all, of a request has been read."""
        connection = self.connection_of(client)
        assert connection is not None
        wait_until(lambda: connection.request is not None)

    def connect_unseen(self) -> Client:
        """A client that is not waited for."""
        client = Client(self.server.effective_port)
        self._clients.append(client)
        return client

    def advance(self, seconds: float) -> None:
        """Moves the clock and returns when the server has looked at all deadlines.

        That is by at least the quarter of a second that lies between two looks.
        """
        assert seconds >= 0.25
        assert self.clock is not None
        now = self.clock.now = self.clock.now + seconds
        self.server.pull_trigger()
        wait_until(lambda: self.server.next_sweep_at > now or not self.thread.is_alive())

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        self.server.stop()
        wait_until(self._is_over)

    def _is_over(self) -> bool:
        if self.clock is not None:
            self.advance(1)
        self.thread.join(0.005)
        return not self.thread.is_alive()


@contextmanager
def running(
    application: Any = None, *, clock: FakeClock | None = None, **settings: Any
) -> Iterator[Running]:
    """A server on a free port with the default settings but these; stopped at the end."""
    serving = Serving(**{"port": 0, "threads": 2, **settings})
    extra: dict[str, Any] = {} if clock is None else {"clock": clock}
    server = Running(listen(application or echo, serving, **extra), clock)
    try:
        yield server
    finally:
        server.stop()


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answers with method, path and body."""
    body = environ["wsgi.input"].read()
    text = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} ".encode() + body
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text]


def post(body: bytes, *fields: str) -> bytes:
    """A POST with this body behind whatever framing the fields declare."""
    lines = ["POST /orders HTTP/1.1", "Host: shop", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def wait_until(condition: Callable[[], object]) -> None:
    """Polls for a condition; fails when it does not come true in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        pause.wait(0.002)
