from __future__ import annotations

import time

import pytest

from expressb2b_server.serving import header_rules

MAX_FIELDS = 100


def fault(*lines: str | bytes) -> str | None:
    encoded = [line if isinstance(line, bytes) else line.encode() for line in lines]
    return header_rules.fault_in(b"\r\n".join(encoded) + b"\r\n\r\n", MAX_FIELDS)


@pytest.mark.parametrize(
    "line",
    [
        "GET / HTTP/1.1",
        "GET /api/orders?status=approved&q=a%20b HTTP/1.1",
        "POST http://shop.example/api HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "M-SEARCH /a HTTP/1.1",
    ],
)
def test_request_lines_of_the_standard_are_read(line: str) -> None:
    assert fault(line, "Host: shop") is None


@pytest.mark.parametrize(
    "line",
    [
        "GET /",
        "GET / HTTP/2.0",
        "GET / HTTP/1.2",
        "GET / HTTP/1.1 ",
        "GET  / HTTP/1.1",
        "get / HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET shop HTTP/1.1",
        "CONNECT shop:443 HTTP/1.1",
        "GET /#part HTTP/1.1",
        "GET /\x00 HTTP/1.1",
        "GET /\u00e9 HTTP/1.1",
        "GET /\n HTTP/1.1",
        "/ HTTP/1.1",
        "",
    ],
)
def test_malformed_request_line_is_refused(line: str) -> None:
    assert fault(line, "Host: shop") == "The request line is malformed."


@pytest.mark.parametrize(
    "field",
    [
        "Host: shop:8000",
        "Host: 127.0.0.1",
        "Host: [::1]:8000",
        "Host:shop",
        "HOST:   Shop.Example  ",
        "Host:",
    ],
)
def test_hosts_of_the_standard_are_read(field: str) -> None:
    assert fault("GET / HTTP/1.1", field) is None


@pytest.mark.parametrize("field", ["Host: a b", "Host: a,b", "Host: shop/x", "Host: me@shop"])
def test_malformed_host_is_refused(field: str) -> None:
    assert fault("GET / HTTP/1.1", field) == "Host is malformed."


def test_host_is_required_in_http_1_1_only() -> None:
    assert fault("GET / HTTP/1.1", "Accept: */*") == "Host is missing."
    assert fault("GET / HTTP/1.0", "Accept: */*") is None
    assert fault("GET / HTTP/1.0") is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Host: shop", "host: shop"),
        ("Content-Length: 5", "content-length: 5"),
        ("Transfer-Encoding: chunked", "Transfer-encoding: chunked"),
        ("Authorization: Bearer a", "AUTHORIZATION: Bearer a"),
        ("Content-Type: text/plain", "Content-Type: application/json"),
    ],
)
def test_field_with_one_meaning_may_not_come_twice(first: str, second: str) -> None:
    lines = ["POST / HTTP/1.1", first, "Accept: */*", second]
    if not first.startswith("Host"):
        lines.append("Host: shop")

    assert fault(*lines) == f"{first.partition(':')[0]} may be given only once."


def test_field_that_may_be_repeated_is_read() -> None:
    assert fault("GET / HTTP/1.1", "Host: shop", "Accept: a/b", "Accept: c/d") is None


@pytest.mark.parametrize("length", ["-1", "+5", "5, 5", "5 5", "0x5", "", "9" * 5000])
def test_malformed_content_length_is_refused(length: str) -> None:
    lines = ("POST / HTTP/1.1", "Host: shop", f"Content-Length: {length}")

    assert fault(*lines) == "Content-Length is malformed."


def test_length_and_chunks_together_are_refused() -> None:
    lines = ("POST / HTTP/1.1", "Host: a", "Content-Length: 5", "Transfer-Encoding: chunked")

    assert fault(*lines) == "Content-Length and Transfer-Encoding may not be given together."


@pytest.mark.parametrize(
    "coding", ["gzip", "gzip, chunked", "chunked, chunked", "", ",", "xchunked"]
)
def test_every_transfer_coding_but_chunked_is_refused(coding: str) -> None:
    lines = ("POST / HTTP/1.1", "Host: shop", f"Transfer-Encoding: {coding}")

    assert fault(*lines) == "The only Transfer-Encoding is chunked, in HTTP/1.1."


def test_chunks_in_http_1_0_are_refused() -> None:
    lines = ("POST / HTTP/1.0", "Transfer-Encoding: chunked")

    assert fault(*lines) == "The only Transfer-Encoding is chunked, in HTTP/1.1."


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (" folded", "Header fields may not be continued on another line."),
        ("\tfolded", "Header fields may not be continued on another line."),
        ("Accept : */*", "There may be no space between a header field's name and its colon."),
        (b"X-Name: caf\xe9", "Header fields may hold ASCII characters only."),
        ("X-Name: a\x00b", "A header field is malformed."),
        ("X-Name: a\x7fb", "A header field is malformed."),
        ("X-Name: a\rb", "A header field is malformed."),
        ("X-Name: a\nX-Other: b", "A header field is malformed."),
        ("X Name: a", "A header field is malformed."),
        (": a", "A header field is malformed."),
        ("X-Name", "A header field is malformed."),
    ],
)
@pytest.mark.parametrize("position", [1, 2])
def test_malformed_field_is_refused(line: str | bytes, reason: str, position: int) -> None:
    lines: list[str | bytes] = ["GET / HTTP/1.1", "Host: shop"]
    lines.insert(position, line)

    assert fault(*lines) == reason


def test_one_field_more_than_allowed_is_refused() -> None:
    fields = [f"X-{number}: a" for number in range(MAX_FIELDS - 1)]

    assert fault("GET / HTTP/1.1", "Host: shop", *fields) is None
    assert fault("GET / HTTP/1.1", "Host: shop", *fields, "X: a") == (
        "A request may have at most 100 header fields."
    )


@pytest.mark.parametrize(
    "part", [b"GET / HTTP/1.1\nHost", b"a\x00", b"a\rb", b"\x16\x03\x01", b"\xe9"]
)
def test_unfinished_header_that_can_only_fail_is_hopeless(part: bytes) -> None:
    assert header_rules.is_hopeless(part)


@pytest.mark.parametrize("part", [b"GET / HT", b"GET / HTTP/1.1\r", b"\r\nHost: a\r\n\r", b"a:\tb"])
def test_unfinished_header_that_may_become_one_is_not_hopeless(part: bytes) -> None:
    assert not header_rules.is_hopeless(part)


def test_header_is_judged_alike_in_pieces_of_any_size() -> None:
    good, bad = b"GET / HTTP/1.1\r\nHost: a\r\nX", b"GET / HTTP/1.1\r\nHost: a\nX"

    for seen_bytes in range(len(bad) - 2):
        assert not header_rules.is_hopeless(good, seen_bytes)
        assert header_rules.is_hopeless(bad, seen_bytes)


@pytest.mark.parametrize(
    "field",
    [
        "X: " + " " * 30000 + "a",
        "X: " + " " * 30000 + "\x00",
        "Host:" + " " * 30000 + "\x00",
        "Content-Length:" + " " * 30000 + "x",
        "a" * 30000,
        "X: " + "a " * 15000 + "\x00",
        "X: " + ":   " * 7500,
    ],
)
def test_no_field_takes_more_than_linear_time(field: str) -> None:
    began_at = time.perf_counter()

    fault("GET / HTTP/1.1", "Host: shop", field)

    assert time.perf_counter() - began_at < 0.1
