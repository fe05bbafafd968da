from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from expressb2b_server.serving import watched_sockets
from expressb2b_server.serving.watched_sockets import WatchedSockets


class Listener:
    """A dispatcher on one end of a pair; it notes what it was called for."""

    def __init__(self) -> None:
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.is_readable = True
        self.is_writable = False
        self.is_answering = False
        self.calls: list[str] = []
        self.times_asked = 0

    def readable(self) -> bool:
        self.times_asked += 1
        return self.is_readable

    def writable(self) -> bool:
        return self.is_writable

    def handle_read_event(self) -> None:
        self.calls.append("read")
        self.near.recv(100)

    def handle_write_event(self) -> None:
        self.calls.append("write")

    def handle_error(self) -> None:
        self.calls.append("error")


@pytest.fixture
def sockets() -> Iterator[WatchedSockets]:
    sockets = WatchedSockets()
    yield sockets
    sockets.close()


@pytest.fixture
def listener(sockets: WatchedSockets) -> Iterator[Listener]:
    listener = Listener()
    sockets[listener.near.fileno()] = listener
    yield listener
    listener.near.close()
    listener.far.close()


def test_reader_is_called_when_something_came(sockets: WatchedSockets, listener: Listener) -> None:
    listener.far.send(b"a")

    sockets.turn(1)

    assert listener.calls == ["read"]


def test_who_does_not_want_to_read_is_left_alone_until_it_does(
    sockets: WatchedSockets, listener: Listener
) -> None:
    listener.is_readable = False
    listener.far.send(b"a")
    sockets.turn(0)
    times_asked = listener.times_asked
    sockets.turn(0)
    assert listener.calls == []
    assert listener.times_asked == times_asked

    listener.is_readable = True
    sockets.follow_all()
    sockets.turn(0)

    assert listener.calls == ["read"]


def test_writer_is_called_only_as_long_as_it_wants(
    sockets: WatchedSockets, listener: Listener
) -> None:
    listener.is_writable = True
    sockets.follow_all()
    sockets.turn(0)
    assert listener.calls == ["write"]

    listener.is_writable = False
    sockets.follow_all()
    sockets.turn(0)

    assert listener.calls == ["write"]


def test_wishes_of_one_that_answers_in_another_thread_are_noticed(
    sockets: WatchedSockets, listener: Listener
) -> None:
    listener.is_answering = True
    sockets.attend(listener.near.fileno(), listener)
    sockets.follow_busy()

    listener.is_writable = True
    sockets.follow_busy()
    sockets.turn(0)

    assert listener.calls == ["write"]


def test_failure_of_one_is_its_own(sockets: WatchedSockets, listener: Listener) -> None:
    listener.near.setblocking(False)
    listener.is_writable = True
    sockets.follow_all()

    def fail() -> None:
        raise RuntimeError

    listener.handle_write_event = fail  # type: ignore[method-assign]
    sockets.turn(0)

    assert listener.calls == ["error"]


def test_who_has_left_is_not_called(sockets: WatchedSockets, listener: Listener) -> None:
    listener.far.send(b"a")
    del sockets[listener.near.fileno()]

    sockets.turn(0)

    assert listener.calls == []


def test_crowd_is_handled_in_portions_and_nobody_is_left_out(
    sockets: WatchedSockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_sockets, "_HANDLED_PER_TURN", 2)
    crowd = [Listener() for _ in range(3)]
    for one in crowd:
        sockets[one.near.fileno()] = one
        one.far.send(b"a")

    sockets.turn(0)
    assert sum(len(one.calls) for one in crowd) == 2
    assert sockets.is_behind
    crowd[0].far.send(b"a")
    sockets.turn(0)

    assert all(one.calls for one in crowd)
    assert not sockets.is_behind
    for one in crowd:
        one.near.close()
        one.far.close()
