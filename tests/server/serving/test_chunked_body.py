from __future__ import annotations

import pytest
from waitress.buffers import OverflowableBuffer

from expressb2b_server.serving.chunked_body import ChunkedBody

MAX_BYTES = 100


def receive(data: bytes, piece_bytes: int = 1000) -> tuple[ChunkedBody, int]:
    body = ChunkedBody(OverflowableBuffer(1 << 20), MAX_BYTES)
    consumed = 0
    for start in range(0, len(data), piece_bytes):
        consumed += body.received(data[start : start + piece_bytes])
    return body, consumed


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 1000])
def test_chunks_are_put_together_however_they_arrive(piece_bytes: int) -> None:
    data = b"5\r\nhello\r\nB;name=value\r\n, wholesale\r\n0\r\nX-Trailer: a\r\n\r\n"

    body, consumed = receive(data, piece_bytes)

    assert body.completed
    assert body.error is None
    assert body.getfile().read() == b"hello, wholesale"
    assert consumed == len(data)


def test_what_follows_the_body_is_left_alone() -> None:
    data = b"2\r\nhi\r\n0\r\n\r\n"

    body, consumed = receive(data + b"GET / HTTP/1.1")

    assert body.completed
    assert consumed == len(data)


@pytest.mark.parametrize(
    "data",
    [
        b"5\nhello\r\n",
        b"5\n\r\nhello",
        b"\r\n5\r\nhello\r\n",
        b"0x5\r\nhello\r\n",
        b"-5\r\n",
        b" 5\r\nhello\r\n",
        b"5 \r\nhello\r\n",
        b"5;a=\x00\r\nhello\r\n",
        b"5\r\nhelloX\r\n",
        b"5\r\nhello\n",
        b"1" * 17 + b"\r\n",
        b"5;" + b"a" * 2000,
        b"0\r\nX-Trailer: a\n\r\n",
        b"0\r\n" + b"X: a\r\n" * 2000,
    ],
)
def test_malformed_chunks_are_refused(data: bytes) -> None:
    body, _ = receive(data)

    assert body.error is not None
    assert body.error.code == "bad_request"
    assert not body.completed


def test_largest_body_is_taken_and_one_byte_more_refused() -> None:
    exact, _ = receive(b"32\r\n" + b"a" * 50 + b"\r\n32\r\n" + b"a" * 50 + b"\r\n0\r\n\r\n")
    larger, _ = receive(b"32\r\n" + b"a" * 50 + b"\r\n33\r\n")

    assert exact.completed
    assert len(exact) == MAX_BYTES
    assert larger.error is not None
    assert larger.error.code == "payload_too_large"
