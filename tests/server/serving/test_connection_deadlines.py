"""How long a client on a raw socket may keep the server waiting, and what it is told then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.serving.harness import (
    REQUEST,
    FakeClock,
    Running,
    assert_refused,
    post,
    running,
    wait_until,
)

MIB = 1 << 20
UNFINISHED = b"GET / HTTP/1.1\r\nHost: shop\r\nX-Drip: "


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def timed_shop(clock: FakeClock) -> Iterator[Running]:
    with running(clock=clock) as server:
        yield server


@pytest.mark.parametrize("sent", [b"", b"GET / HT", UNFINISHED, b"\r\n\r\n"])
def test_header_that_never_ends_is_refused_after_ten_seconds(
    timed_shop: Running, sent: bytes
) -> None:
    client = timed_shop.connect()
    client.send(sent)

    timed_shop.advance(9.5)
    assert client.is_open()

    timed_shop.advance(0.5)
    assert_refused(client, 408, "request_timeout")


def test_header_deadline_is_not_moved_by_single_bytes(timed_shop: Running) -> None:
    client = timed_shop.connect()
    client.send(UNFINISHED)

    for _ in range(9):
        client.send(b"a")
        timed_shop.advance(1)
        assert client.is_open()
    timed_shop.advance(1)

    assert_refused(client, 408, "request_timeout")


def test_second_request_on_a_connection_has_ten_seconds_from_its_first_byte(
    timed_shop: Running,
) -> None:
    client = timed_shop.connect()
    timed_shop.ask_and_rest(client)
    timed_shop.advance(14)
    client.send(UNFINISHED)
    timed_shop.wait_for_part(client)

    timed_shop.advance(9.5)
    assert client.is_open()

    timed_shop.advance(0.5)
    assert_refused(client, 408, "request_timeout")


def test_body_that_stops_coming_is_refused_after_ten_seconds(timed_shop: Running) -> None:
    client = timed_shop.connect()
    client.send(post(b"hel", "Content-Length: 5"))
    timed_shop.wait_for_part(client)

    timed_shop.advance(0.25)
    timed_shop.advance(9.5)
    assert client.is_open()
    timed_shop.advance(0.5)

    assert_refused(client, 408, "request_timeout")


def test_connection_that_is_silent_after_an_answer_is_closed_within_fifteen_seconds(
    timed_shop: Running,
) -> None:
    client = timed_shop.connect()
    timed_shop.ask_and_rest(client)

    timed_shop.advance(14)
    assert client.is_open()

    timed_shop.advance(0.75)
    assert client.rest() == b""


def test_connection_that_asks_again_in_time_stays_open(timed_shop: Running) -> None:
    client = timed_shop.connect()
    timed_shop.ask_and_rest(client)

    for _ in range(3):
        timed_shop.advance(10)
        timed_shop.ask_and_rest(client)

    assert client.is_open()


def test_reader_that_does_not_read_is_closed(clock: FakeClock) -> None:
    def large(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", str(12 * MIB))])
        return [b"a" * 12 * MIB]

    with running(large, clock=clock) as server:
        client = server.connect(receive_bytes=4096)
        client.send(REQUEST)
        connection = server.connection_of(client)
        assert connection is not None
        wait_until(lambda: connection.total_outbufs_len and not connection.requests)

        server.advance(1)  # the buffers of the operating system are full by now
        server.advance(9.5)
        assert server.open_connections == 1
        server.advance(0.5)

        assert server.open_connections == 0


def test_refused_client_that_goes_on_sending_is_closed_after_two_seconds(
    timed_shop: Running,
) -> None:
    client = timed_shop.connect()
    client.ask(b"nonsense\r\n\r\n")
    assert client.rest() == b""

    client.send(b"more and more")
    timed_shop.advance(1.5)
    client.send(b"more and more")
    assert timed_shop.open_connections == 1
    timed_shop.advance(0.5)

    wait_until(lambda: timed_shop.open_connections == 0)


def test_two_hundred_dripping_connections_are_all_refused_and_hold_nobody_up(
    timed_shop: Running,
) -> None:
    dripping = [timed_shop.connect_unseen() for _ in range(200)]
    for client in dripping:
        client.send(UNFINISHED)
    wait_until(lambda: timed_shop.open_connections == len(dripping))
    normal = timed_shop.connect()

    for _ in range(5):
        timed_shop.advance(1)
        for client in dripping:
            client.send(b"a")
        assert normal.ask().status == 200
    timed_shop.advance(5)

    statuses = {json.loads(client.answer().body)["status"] for client in dripping}
    assert statuses == {408}
    assert normal.ask().status == 200
