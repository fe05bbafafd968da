"""Bodies that are not JSON, or that two readers could read in two ways."""

from __future__ import annotations

UNREADABLE = [
    b"{",
    b"",
    b" ",
    b"{'a': 1}",
    b'{"a": 1} x',
    b'{"a": 1, "a": 1}',
    b'{"b": {"a": 1, "\\u0061": 2}}',
    b"NaN",
    b'{"qty": Infinity}',
    b"-Infinity",
    b"01",
    b"+1",
    b".5",
    b'"a\nb"',
    b'"\x00"',
    b"\xff",
    b'"\xed\xa0\x80"',
    b"\xef\xbb\xbf{}",
    "{}".encode("utf-16"),
    b'"\\ud800"',
    b'{"\\udfff": 1}',
    b'["\\ud83d", 1.5]',
    b"[" * 100_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b"9" * 5_000,
    b"-" + b"9" * 5_000,
]
