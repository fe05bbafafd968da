"""A webhook receiver in a process of its own that costs as little as a receiver can.

It listens on any number of ports, answers every request with 200 at once, counts, and on demand
notes when each delivery arrived.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import re
import selectors
import socket
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_DELIVERY = re.compile(rb"\r\nx-expressb2b-delivery: *([0-9a-f-]+)", re.IGNORECASE)


class FastReceiver:
    """The other process, seen from here."""

    def __init__(self, control: Connection, ports: list[int]) -> None:
        self._control = control
        self.ports = ports

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}/hook" for port in self.ports]

    def count(self) -> int:
        """Requests since the last `reset`."""
        return int(self._ask("count"))

    def arrivals(self) -> dict[str, int]:
        """When each delivery came first since the last `reset`, in monotonic nanoseconds."""
        found: dict[str, int] = self._ask("arrivals")
        return found

    def reset(self) -> None:
        self._ask("reset")

    def wait_for(self, count: int, seconds: float = 60) -> None:
        """Return when so many requests have come."""
        limit = time.monotonic() + seconds
        while self.count() < count:
            if time.monotonic() > limit:
                raise TimeoutError(f"{self.count()} of {count} requests came")
            time.sleep(0.005)

    def _ask(self, question: str) -> Any:
        self._control.send(question)
        return self._control.recv()


@contextlib.contextmanager
def fast_receiver(ports: int) -> Iterator[FastReceiver]:
    """A receiver on so many free ports of 127.0.0.1."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, ports), daemon=True)
    process.start()
    theirs.close()
    try:
        yield FastReceiver(ours, ours.recv())
    finally:
        process.terminate()
        process.join()
        ours.close()


def _serve(control: Connection, ports: int) -> None:
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=128) for _ in range(ports)]
    control.send([listener.getsockname()[1] for listener in listeners])
    _Loop(control, listeners).run()


class _Loop:
    def __init__(self, control: Connection, listeners: list[socket.socket]) -> None:
        self.count = 0
        self.arrivals: dict[str, int] = {}
        self._control = control
        self._buffers: dict[socket.socket, bytes] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, lambda _: self._answer_control())
        for listener in listeners:
            self._selector.register(listener, selectors.EVENT_READ, self._accept)

    def run(self) -> None:
        with contextlib.suppress(EOFError):
            while True:
                for key, _ in self._selector.select():
                    key.data(key.fileobj)

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffers[connection] = b""
        self._selector.register(connection, selectors.EVENT_READ, self._read)

    def _read(self, connection: socket.socket) -> None:
        try:
            received = connection.recv(1 << 16)
        except OSError:
            received = b""
        if not received:
            self._selector.unregister(connection)
            del self._buffers[connection]
            connection.close()
            return
        self._buffers[connection] = self._answer(connection, self._buffers[connection] + received)

    def _answer(self, connection: socket.socket, buffer: bytes) -> bytes:
        """Answer every whole request; the rest of the bytes."""
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            head = buffer[: end + 2]
            length = _LENGTH.search(head)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(buffer) < size:
                break
            self.count += 1
            if delivery := _DELIVERY.search(head):
                self.arrivals.setdefault(delivery[1].decode(), time.monotonic_ns())
            connection.sendall(_ANSWER)
            buffer = buffer[size:]
        return buffer

    def _answer_control(self) -> None:
        question = self._control.recv()
        if question == "reset":
            self.count = 0
            self.arrivals.clear()
        self._control.send({"count": self.count, "arrivals": self.arrivals}.get(question))
