from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.server.serving.harness import REQUEST, running


def test_what_the_application_lets_escape_is_a_500_that_only_the_log_explains(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise OSError("the disk is on fire")

    with running(broken) as server:
        client = server.connect()
        answer = client.ask()

        assert (answer.status, answer.problem["code"]) == (500, "internal_error")
        assert answer.headers["connection"] == "close"
        assert b"fire" not in answer.body
        assert client.rest() == b""
    assert "the disk is on fire" in caplog.text
    assert answer.problem["request_id"] in caplog.text


def test_answer_that_breaks_off_is_not_followed_by_a_second_one() -> None:
    def breaking(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", "10")])
        yield b"half"
        raise ValueError("no more")

    with running(breaking) as server:
        client = server.connect()
        client.send(REQUEST + REQUEST)

        everything = client.rest()

    assert everything.count(b"HTTP/1.1") == 1
    assert everything.endswith(b"half")


def test_application_that_misuses_wsgi_is_a_500() -> None:
    def hopping(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Connection", "Upgrade")])
        return []

    with running(hopping) as server:
        assert server.connect().ask().status == 500


def test_refusals_carry_the_headers_that_every_answer_has() -> None:
    with running(refusal_headers=(("X-ExpressB2B-Version", "2026-03"),)) as server:
        answer = server.connect().ask(b"nonsense\r\n\r\n")

    assert answer.status == 400
    assert answer.headers["x-expressb2b-version"] == "2026-03"


def test_environment_holds_what_wsgi_asks_for() -> None:
    seen: dict[str, Any] = {}

    def noting(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.update(environ)
        start_response("204 No Content", [("Content-Length", "0")])
        return []

    with running(noting) as server:
        client = server.connect()
        client.send(b"GET /a%20b?q=1 HTTP/1.1\r\nHost: shop\r\nX_Forged: 1\r\nX-Real: 2\r\n\r\n")
        client.socket.recv(1)
        port = str(server.server.effective_port)

    assert seen["SERVER_SOFTWARE"] == "expressb2b"
    assert (seen["PATH_INFO"], seen["QUERY_STRING"], seen["SERVER_PORT"]) == ("/a b", "q=1", port)
    assert seen["HTTP_X_REAL"] == "2"
    assert "HTTP_X_FORGED" not in seen


def test_waitress_itself_logs_nothing_under_load(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), running(threads=1) as server:
        clients = [server.connect() for _ in range(10)]
        for client in clients:
            client.send(REQUEST)
        assert [client.answer().status for client in clients] == [200] * 10

    assert [record.name for record in caplog.records if "waitress" in record.name] == []


def test_head_and_body_are_sent_in_one_piece() -> None:
    with running() as server:
        client = server.connect()
        connection = server.connection_of(client)
        assert connection is not None
        pieces: list[bytes] = []
        send = connection.send

        def noting(data: bytes, do_close: bool = True) -> int:
            pieces.append(data)
            return send(data, do_close)

        connection.send = noting  # type: ignore[method-assign]
        client.ask()

        assert len(pieces) == 1
        assert pieces[0].endswith(b"\r\n\r\nGET /hello ")
