from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.server.serving.harness import REQUEST, running

HEAD_REQUEST = b"HEAD / HTTP/1.1\r\nHost: shop\r\n\r\n"


def answering(
    status: str, *headers: tuple[str, str], body: Iterable[bytes] = ()
) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response(status, list(headers))
        return body

    return application


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_connection_goes_on_after_an_answer_without_a_body(status: str) -> None:
    with running(answering(status, ("ETag", '"5d41"'))) as server:
        client = server.connect()
        first, second = client.ask(), client.ask()

    assert (first.status, second.status) == (int(status[:3]), int(status[:3]))
    assert "connection" not in first.headers


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_answer_without_a_body_declares_none(status: str) -> None:
    with running(answering(status, ("Content-Length", "0"))) as server:
        answer = server.connect().ask()

    assert not {"content-length", "transfer-encoding"} & answer.headers.keys()


def test_names_of_fields_are_spelled_as_they_were_given() -> None:
    given = (
        ("X-ExpressB2B-Version", "2026-03"),
        ("ETag", '"5d41"'),
        ("WWW-Authenticate", "Bearer"),
    )
    with running(answering("200 OK", *given, body=[b"ok"])) as server:
        client = server.connect()
        client.send(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        head = client.rest().partition(b"\r\n\r\n")[0].decode().split("\r\n")

    assert [f"{name}: {value}" for name, value in given] == head[1:4]


def test_answer_has_one_date() -> None:
    date = ("date", "Sun, 15 Mar 2026 14:32:07 GMT")
    with running(answering("200 OK", date, body=[b"ok"])) as server:
        client = server.connect()
        client.send(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        everything = client.rest()

    assert everything.lower().count(b"\r\ndate: ") == 1


def test_length_of_a_body_in_one_piece_is_declared() -> None:
    with running(answering("200 OK", body=[b"whole"])) as server:
        client = server.connect()

        assert client.ask().headers["content-length"] == "5"
        assert client.ask().body == b"whole"


def test_body_in_pieces_is_chunked_and_ends_the_connection() -> None:
    with running(answering("200 OK", body=[b"two", b"parts"])) as server:
        client = server.connect()
        client.send(REQUEST)
        head, _, body = client.rest().partition(b"\r\n\r\n")

    assert b"Transfer-Encoding: chunked" in head
    assert b"Connection: close" in head
    assert body == b"3\r\ntwo\r\n5\r\nparts\r\n0\r\n\r\n"


def test_answer_to_head_without_a_length_has_no_body_and_goes_on() -> None:
    with running(answering("200 OK")) as server:
        client = server.connect()
        first, second = client.ask(HEAD_REQUEST), client.ask(HEAD_REQUEST)

    assert (first.status, second.status, second.body) == (200, 200, b"")


def test_client_of_http_1_0_that_asks_for_it_is_kept() -> None:
    with running(answering("200 OK", body=[b"ok"])) as server:
        client = server.connect()
        answer = client.ask(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

        assert answer.headers["connection"] == "keep-alive"
        assert client.ask().body == b"ok"
