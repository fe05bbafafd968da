from __future__ import annotations

import time

from hypothesis import assume, given
from hypothesis import strategies as st
from waitress.parser import HTTPRequestParser

from expressb2b_server.serving.parser import RequestParser
from expressb2b_server.serving.settings import Serving, ServingAdjustments

ADJUSTMENTS = ServingAdjustments(
    Serving(max_header_bytes=200, max_header_fields=5, max_body_bytes=20)
)
WHOLE = (
    b"POST /orders?a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    b"POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    b"GET /orders HTTP/1.0\r\n\r\n",
)
TARGETS = (b"/a%20b?c=%20", b"//a/b?c?d", b"/a:b", b"http://shop/a?b", b"*", b"/%E4")
FIELDS = (b"X-A: 1\r\nx-a:\t2 ", b"X_A: 1", b"Expect: 100-Continue", b"X:", b"Connection: Close")
READABLE = tuple(
    b"GET %b HTTP/1.%d\r\nHost: shop\r\n%b\r\n\r\n" % (target, minor, field)
    for target in TARGETS
    for field in FIELDS
    for minor in (0, 1)
)

PIECES = (b"\r\n", b"\n", b"\r", b" ", b":", b",", b"\x00", b"\xe9", b"a" * 60, b"5", b"HTTP/1.1")

Outcome = tuple[object, ...]


@st.composite
def mutated_requests(draw: st.DrawFn, requests: tuple[bytes, ...] = WHOLE) -> bytes:
    request = draw(st.sampled_from(requests))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(request)))
        cut = draw(st.integers(0, 3))
        request = request[:at] + draw(st.sampled_from(PIECES)) + request[at + cut :]
    return request


def outcome(pieces: list[bytes]) -> Outcome:
    """What becomes of the first request in these bytes, received piece by piece."""
    parser = RequestParser(ADJUSTMENTS)
    for piece in pieces:
        rest = piece
        while rest and not (parser.completed and not parser.empty):
            if parser.empty:
                parser = RequestParser(ADJUSTMENTS)
            consumed = parser.received(rest)
            assert 0 < consumed <= len(rest)
            rest = rest[consumed:]
    if parser.error is not None:
        return ("refused", parser.error.code, parser.completed)
    if not parser.completed or parser.empty:
        return ("unfinished",)
    body = parser.get_body_stream().read()
    return ("read", parser.command, parser.path, parser.query, parser.headers, body)


def single_bytes(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]


def test_requests_are_read_whole() -> None:
    assert [outcome([request])[:3] for request in WHOLE] == [
        ("read", "POST", "/orders"),
        ("read", "POST", "/orders"),
        ("read", "GET", "/orders"),
    ]


@given(mutated_requests(), st.data())
def test_every_request_fares_alike_in_whatever_pieces_it_arrives(
    request: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(request)))

    whole = outcome([request])

    # With two faults, which of them is named depends on which is seen first.
    for pieces in ([request[:at], request[at:]], single_bytes(request)):
        in_pieces = outcome(pieces)
        assert in_pieces == whole or in_pieces[0] == whole[0] == "refused"


@given(mutated_requests(WHOLE + READABLE))
def test_header_is_read_as_waitress_would_read_it(request: bytes) -> None:
    ours, theirs = RequestParser(ADJUSTMENTS), HTTPRequestParser(ADJUSTMENTS)
    head = request.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    ours.received(head)
    assume(ours.headers_finished and ours.error is None)
    theirs.received(head)
    for parser in (ours, theirs):  # in which "close" is made the one option
        parser.headers.pop("CONNECTION", None)

    for name in (
        "command", "request_uri", "version", "path", "query", "url_scheme", "headers",
        "content_length", "chunked", "completed",
    ):  # fmt: skip
        assert getattr(ours, name) == getattr(theirs, name), name


def test_limits_are_told_apart() -> None:
    long_field = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 300
    many_fields = b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 100
    long_body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 21\r\n\r\n"

    assert outcome([long_field]) == ("refused", "headers_too_large", True)
    assert outcome([many_fields]) == ("refused", "bad_request", True)
    assert outcome([long_body]) == ("refused", "payload_too_large", True)


def test_white_space_that_is_expensive_to_match_takes_no_time() -> None:
    parser = RequestParser(ServingAdjustments(Serving()))
    began_at = time.perf_counter()

    parser.received(b"GET / HTTP/1.1\r\nHost: a\r\nX:" + b" " * 30_000 + b"a\r\n\r\n")

    assert parser.headers["X"] == "a"
    assert time.perf_counter() - began_at < 0.5


def test_what_follows_a_refused_request_is_never_read_as_another() -> None:
    parser = RequestParser(ADJUSTMENTS)
    data = b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"

    assert parser.received(data) == len(data)
    assert parser.error.code == "bad_request"
