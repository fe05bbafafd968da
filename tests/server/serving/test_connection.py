"""What a client on a raw socket sees: one answer to one request, or a refusal and the end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from expressb2b_server.serving.connection import Connection
from expressb2b_server.serving.parser import RequestParser
from tests.server.serving.ambiguous import AMBIGUOUS
from tests.server.serving.harness import (
    REQUEST,
    Running,
    assert_refused,
    echo,
    post,
    running,
    wait_until,
)

MIB = 1 << 20


@pytest.fixture(scope="module")
def shop() -> Iterator[Running]:
    """With the real clock: for tests in which no deadline matters."""
    with running() as server:
        yield server


def test_requests_on_one_connection_are_answered_one_after_the_other(shop: Running) -> None:
    client = shop.connect()

    assert client.ask().body == b"GET /hello "
    assert client.ask(post(b"hi", "Content-Length: 2")).body == b"POST /orders hi"
    assert client.ask(REQUEST).status == 200


def test_pipelined_requests_are_answered_in_order(shop: Running) -> None:
    client = shop.connect()

    client.send(
        post(b"1", "Content-Length: 1") + b"\r\n" + post(b"2", "Content-Length: 1") + REQUEST
    )

    bodies = [client.answer().body for _ in range(3)]
    assert bodies == [b"POST /orders 1", b"POST /orders 2", b"GET /hello "]


def test_request_in_single_bytes_is_read(shop: Running) -> None:
    client = shop.connect()

    for byte in post(b"3\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked"):
        client.send(bytes([byte]))

    assert client.answer().body == b"POST /orders abc"


def test_client_of_http_1_0_needs_no_host_and_is_closed(shop: Running) -> None:
    client = shop.connect()

    answer = client.ask(b"GET /old HTTP/1.0\r\n\r\n")

    assert answer.body == b"GET /old "
    assert client.rest() == b""


@pytest.mark.parametrize("options", ["close", "Close", "close, TE", "TE,close"])
def test_client_that_wants_to_close_is_closed(shop: Running, options: str) -> None:
    client = shop.connect()

    answer = client.ask(f"GET / HTTP/1.1\r\nHost: a\r\nConnection: {options}\r\n\r\n".encode())

    assert answer.headers["connection"] == "close"
    assert client.rest() == b""


def test_client_that_half_closes_is_still_answered(shop: Running) -> None:
    client = shop.connect()

    client.send(REQUEST)
    client.socket.shutdown(socket.SHUT_WR)

    assert client.answer().status == 200


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_request_with_two_readings_is_refused_once(shop: Running, case: str) -> None:
    client = shop.connect()

    client.send(AMBIGUOUS[case] + REQUEST)

    assert_refused(client, 400, "bad_request")


def test_refusal_waits_for_the_answers_before_it(shop: Running) -> None:
    client = shop.connect()

    client.send(REQUEST + REQUEST + AMBIGUOUS["two hosts"] + REQUEST)

    assert client.answer().status == 200
    assert client.answer().status == 200
    assert_refused(client, 400, "bad_request")


def test_secret_in_a_refused_header_is_not_repeated(
    shop: Running, caplog: pytest.LogCaptureFixture
) -> None:
    client = shop.connect()

    with caplog.at_level(0):
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization : Bearer s3cret\r\n\r\n")
        body = client.rest()

    assert b"s3cret" not in body
    assert "s3cret" not in caplog.text


def test_header_in_few_but_long_fields_is_refused_as_too_large(shop: Running) -> None:
    client = shop.connect()

    client.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * MIB)

    assert_refused(client, 431, "headers_too_large")


def test_body_of_exactly_the_limit_is_taken(shop: Running) -> None:
    client = shop.connect()

    answer = client.ask(post(b"a" * 2 * MIB, f"Content-Length: {2 * MIB}"))

    assert len(answer.body) == len(b"POST /orders ") + 2 * MIB


def test_chunked_body_of_exactly_the_limit_is_taken(shop: Running) -> None:
    client = shop.connect()
    chunks = (b"10000\r\n" + b"a" * 0x10000 + b"\r\n") * 32 + b"0\r\n\r\n"

    answer = client.ask(post(chunks, "Transfer-Encoding: chunked"))

    assert len(answer.body) == len(b"POST /orders ") + 2 * MIB


def test_larger_body_is_refused_while_the_client_still_sends(shop: Running) -> None:
    client = shop.connect()

    client.send(post(b"a" * 3 * MIB, f"Content-Length: {3 * MIB}"))

    assert_refused(client, 413, "payload_too_large")


def test_larger_chunked_body_is_refused(shop: Running) -> None:
    client = shop.connect()

    client.send(post(b"200001\r\naaa", "Transfer-Encoding: chunked"))

    assert_refused(client, 413, "payload_too_large")


def test_client_that_asks_first_is_told_to_go_on(shop: Running) -> None:
    client = shop.connect()

    client.send(post(b"", "Content-Length: 2", "Expect: 100-continue"))
    interim = client.socket.recv(100)
    client.send(b"hi")

    assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert client.answer().body == b"POST /orders hi"


def test_client_that_asks_first_with_too_large_a_body_is_told_not_to(shop: Running) -> None:
    client = shop.connect()

    client.send(post(b"", "Content-Length: 9999999", "Expect: 100-continue"))

    assert_refused(client, 413, "payload_too_large")


def test_client_that_asks_first_and_leaves_is_forgotten(shop: Running) -> None:
    client = shop.connect()
    connection = shop.connection_of(client)
    assert connection is not None
    connection.socket.shutdown(socket.SHUT_WR)  # so that telling it to go on fails

    client.send(post(b"", "Content-Length: 2", "Expect: 100-continue"))

    wait_until(lambda: shop.connection_of(client) is None)
    assert shop.connect().ask().status == 200


def test_client_that_asks_first_without_a_body_is_answered(shop: Running) -> None:
    client = shop.connect()

    assert client.ask(post(b"", "Expect: 100-continue")).body == b"POST /orders "
    assert client.ask(REQUEST).body == b"GET /hello "


def test_request_id_of_the_client_is_repeated_in_a_refusal(shop: Running) -> None:
    client = shop.connect()

    answer = client.ask(post(b"", "Content-Length: 9999999", "X-Request-Id: erp-42"))

    assert answer.problem["request_id"] == "erp-42"


def test_refusal_of_a_head_request_has_no_body(shop: Running) -> None:
    client = shop.connect()

    client.send(b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n")
    head, _, body = client.rest().partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 413 ")
    assert body == b""


def test_client_that_does_not_read_holds_no_thread_and_is_answered_once_it_reads() -> None:
    asked = []

    def large(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        size = 20 * MIB if environ["PATH_INFO"] == "/hello" else 1
        asked.append(size)
        start_response("200 OK", [("Content-Length", str(size))])
        return [b"a" * MIB] * (size // MIB) or [b"a"]

    with running(large, threads=1) as server:
        deaf = server.connect()
        deaf.send(REQUEST * 3)
        connection = server.connection_of(deaf)
        assert connection is not None
        wait_until(lambda: connection.waits_for_reader)

        assert server.connect().ask(REQUEST.replace(b"/hello", b"/")).body == b"a"
        assert asked == [20 * MIB, 1]
        assert [len(deaf.answer().body) for _ in range(3)] == [20 * MIB] * 3


def test_client_that_leaves_early_leaves_nothing_behind() -> None:
    release = threading.Event()

    def waiting(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        release.wait(5)
        return echo(environ, start_response)

    with running(waiting) as server:
        client = server.connect()
        client.send(REQUEST)
        client.close()
        release.set()

        wait_until(lambda: server.open_connections == 0)
        assert server.connect().ask().status == 200


def test_change_that_has_begun_is_ended_though_its_client_is_gone() -> None:
    ended: list[str] = []

    class Answer:
        def close(self) -> None:
            ended.append("ended")

        def __iter__(self) -> Iterator[bytes]:
            raise AssertionError("nobody is there")

    with running(lambda environ, start_response: Answer()) as server:
        near, far = socket.socketpair()
        connection = Connection(server.server, near, ("192.0.2.1", 1), server.server.adj, {})
        request = RequestParser(server.server.adj)
        request.received(post(b""))
        connection.requests = [request]
        connection.begin()
        connection.handle_close()

        connection.service()

        assert ended == ["ended"]
        far.close()
