"""Values that have no place in a request, each in JSON or percent-encoded; and odd valid texts."""

from __future__ import annotations

HOSTILE_JSON = {
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "1e999": b"1e999",
    "2^63": b"9223372036854775808",
    "-2^63-1": b"-9223372036854775809",
    "5,000 digits": b"9" * 5000,
    "5,000 decimals": b"0." + b"3" * 5000,
    "U+0000": b'"a\\u0000b"',
    "raw U+0000": b'"a\x00b"',
    "lone surrogate": b'"\\ud800"',
    "reversed surrogates": b'"\\udc00\\ud800"',
    "encoded surrogate": b'"\xed\xa0\x80"',
    "Latin-1": b'"caf\xe9"',
    "same field twice": b'{"a": "1", "a": "1"}',
    "500 deep": b"[" * 500 + b"]" * 500,
    "100,000 deep": b"[" * 100_000 + b"]" * 100_000,
}
"""No field takes any of these."""

NO_TEXT = ("%ff", "a%ffb", "%00", "a%00", "%ed%a0%80", "%c0%af", "%f5%80%80%80")
"""What is no text that could be stored, in a query or a path."""

ODD_QUERY = ("NaN", "1e999", "9223372036854775808", "-1", "9" * 5000, "%F0%9F%98%80", "%25_%27", "")
"""Text that some parameters take and others refuse."""

HEADERS = (
    b"Authorization", b"Idempotency-Key", b"If-Match", b"If-None-Match", b"X-Request-Id",
    b"X-ExpressB2B-Version", b"Accept", b"Content-Type", b"Cookie", b"User-Agent", b"X-Other",
)  # fmt: skip

ODD_TEXTS = (
    "'; DROP TABLE orders; --",
    "100%_of\\%",
    '"quoted" \\u0000 \\',
    "Café", "Cafe\u0301", "CAFÉ", "cafÉ",  # composed, decomposed, and in other cases
    "Straße", "STRASSE", "İstanbul", "ıstanbul", "ﬁlter", "ＦＵＬＬ",
    "😀👩‍👩‍👧 \U0010ffff",
    "\ufeffmark", "\ufffe\uffff", "a\u200bb", "\u202egnal", "\u2028\u2029", "a\x7f\x80\x9fb",
    "tab\tline\nreturn\rend", "a\x01\x1fb", "a\xa0b", "ÿ", "İ", "ǅ", "Ω", "K", "0", "-0", "1e5",
    "null", "true", "a b", "a  b", "A", "a", "_", "%", "~", "é" * 20, "日本語", "שלום", "  x",
)  # fmt: skip
"""Texts that databases, encodings and comparisons treat in ways of their own; all can be kept."""

ODD_PRICES = ("0.00", "0.0001", "0.01", "1", "1.1", "38.50", "0.0125", "99999999.9999", "1000000")
