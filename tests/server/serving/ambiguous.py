"""Requests in bytes that two readers could understand in two ways, or none at all."""

from __future__ import annotations

from tests.server.serving.harness import post

CHUNKS = b"0\r\n\r\n"
AMBIGUOUS = {
    "length and chunks": post(CHUNKS, "Content-Length: 5", "Transfer-Encoding: chunked"),
    "chunks and length": post(CHUNKS, "Transfer-Encoding: chunked", "Content-Length: 5"),
    "two lengths": post(b"hello", "Content-Length: 5", "Content-Length: 5"),
    "two different lengths": post(b"hello", "Content-Length: 5", "Content-Length: 0"),
    "two codings": post(CHUNKS, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    "unknown coding": post(CHUNKS, "Transfer-Encoding: xchunked"),
    "empty coding": post(CHUNKS, "Transfer-Encoding:"),
    "no host": b"GET / HTTP/1.1\r\nAccept: */*\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "two authorizations": post(b"", "Authorization: Bearer a", "Authorization: Bearer b"),
    "folded": b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: a\r\n b\r\n\r\n",
    "folded first": b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    "space before colon": post(b"hello", "Content-Length : 5"),
    "non-ASCII": b"GET / HTTP/1.1\r\nHost: a\r\nX-Name: caf\xe9\r\n\r\n",
    "NUL in a value": b"GET / HTTP/1.1\r\nHost: a\r\nX-Name: a\x00b\r\n\r\n",
    "NUL in the target": b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "bare LF": b"GET / HTTP/1.1\nHost: a\n\n",
    "one bare LF": b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
    "bare CR": b"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
    "space at the start": b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "other version": b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "unsplittable target": b"GET http://[a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "chunk ends wrongly": post(b"3\r\nabcX\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "endless length": post(b"", "Content-Length: " + "9" * 5000),
    "bad length awaited": post(b"", "Content-Length: five", "Expect: 100-continue"),
    "10,000 fields": b"GET / HTTP/1.1\r\nHost: a\r\n"
    + b"".join(b"X-%d: a\r\n" % number for number in range(10_000))
    + b"\r\n",
    "10,000 long fields": b"GET / HTTP/1.1\r\nHost: a\r\n"
    + b"".join(b"X-%d: %s\r\n" % (number, b"a" * 80) for number in range(10_000))
    + b"\r\n",
}
