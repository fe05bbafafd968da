from __future__ import annotations

from typing import Any

import pytest

from expressb2b_server.serving.trusted_proxy import WAS_FORWARDED
from tests.server.serving.harness import running

FORWARDED = (
    b"GET / HTTP/1.1\r\nHost: shop\r\n"
    b"X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n\r\n"
)


def show(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    names = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_X_FORWARDED_FOR")
    text = " ".join(str(environ.get(name)) for name in names).encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]


def show_mark(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    text = repr(environ[WAS_FORWARDED]).encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]


def test_forwarding_headers_of_a_stranger_are_dropped() -> None:
    with running(show) as server:
        assert server.connect().ask(FORWARDED).body == b"127.0.0.1 http None"


def test_forwarding_headers_of_another_proxy_are_dropped() -> None:
    with running(show, trusted_proxy="192.0.2.1") as server:
        assert server.connect().ask(FORWARDED).body == b"127.0.0.1 http None"


def test_forwarding_headers_of_the_trusted_proxy_are_believed() -> None:
    with running(show, trusted_proxy="127.0.0.1") as server:
        assert server.connect().ask(FORWARDED).body == b"203.0.113.7 https 203.0.113.7"


def test_header_that_is_not_among_the_trusted_is_dropped() -> None:
    trusted = frozenset({"x-forwarded-proto"})
    with running(show, trusted_proxy="*", trusted_proxy_headers=trusted) as server:
        assert server.connect().ask(FORWARDED).body == b"127.0.0.1 https None"


def test_malformed_header_of_the_trusted_proxy_is_refused() -> None:
    request = b'GET / HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: "a\r\n\r\n'
    with running(show, trusted_proxy="127.0.0.1") as server:
        answer = server.connect().ask(request)

    assert (answer.status, answer.problem["code"]) == (400, "bad_request")
    assert answer.headers["x-request-id"] == answer.problem["request_id"]


@pytest.mark.parametrize(
    "field",
    ["X-Forwarded-For: a", "X-Forwarded-Host: a", "X-Forwarded-Proto: https", "Forwarded: for=a"],
)
def test_dropped_forwarding_headers_leave_a_mark(field: str) -> None:
    request = f"GET / HTTP/1.1\r\nHost: shop\r\n{field}\r\n\r\n".encode()
    with running(show_mark) as server:
        assert server.connect().ask(request).body == b"True"


def test_believed_forwarding_headers_leave_the_mark_too() -> None:
    with running(show_mark, trusted_proxy="127.0.0.1") as server:
        assert server.connect().ask(FORWARDED).body == b"True"


def test_request_without_forwarding_headers_is_not_marked() -> None:
    with running(show_mark) as server:
        assert server.connect().ask().body == b"False"
