"""What a request's header must look like (RFC 9112): everything with two readings is refused.

It judges raw bytes, since a parser that has merged or dropped fields no longer sees the fault.
The patterns are possessive: none of them ever goes back over what it has read.
"""

from __future__ import annotations

import re

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_TARGET = rb"(?:/|https?://|\*(?= ))[!\"$-~]*+"
_REQUEST_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Z]++ " + _TARGET + rb" HTTP/1\.([01])")
_FIELDS = re.compile(rb"(?:" + _TOKEN + rb":[\t -~]*+\r\n)*+\r\n")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_FOLDED = re.compile(rb"(?:\A|\n)[ \t]")
_SPACE_BEFORE_COLON = re.compile(rb"(?:\A|\n)[^:\n]*[ \t]:")
_HOST = re.compile(rb"\r\nhost:[ \t]*+(?:[a-z0-9._~%-]*+|\[[0-9a-f:.]++\])(?::[0-9]*+)?[ \t]*+\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*+[0-9]{1,18}+[ \t]*+\r\n")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*+chunked[ \t]*+\r\n")
_HOPELESS = re.compile(rb"[^\t\r\n -~]|(?<!\r)\n|\r[^\n]")

_AT_MOST_ONCE = (
    b"Host",
    b"Content-Length",
    b"Transfer-Encoding",
    b"Authorization",
    b"Content-Type",
)


def fault_in(head: bytes, max_fields: int) -> str | None:
    """Why a header, request line to empty line, is refused; None when it has one reading."""
    request_line, _, fields = head.partition(b"\r\n")
    parsed = _REQUEST_LINE.fullmatch(request_line)
    if parsed is None:
        return "The request line is malformed."
    if fields.count(b"\r\n") > max_fields + 1:
        return too_many_fields(max_fields)
    if _FIELDS.fullmatch(fields) is None:
        return _fault_in_syntax(fields)
    return _fault_in_meaning(b"\r\n" + fields.lower(), http_1_1=parsed[1] == b"1")


def too_many_fields(max_fields: int) -> str:
    """The detail of that refusal, which is also given before the header's end is seen."""
    return f"A request may have at most {max_fields} header fields."


def is_hopeless(unfinished: bytes, seen_bytes: int = 0) -> bool:
    """Whether a header can be refused without waiting for its end; the part seen was not."""
    return _HOPELESS.search(unfinished, max(0, seen_bytes - 1)) is not None


def _fault_in_syntax(fields: bytes) -> str:
    if _NOT_ASCII.search(fields):
        return "Header fields may hold ASCII characters only."
    if _FOLDED.search(fields):
        return "Header fields may not be continued on another line."
    if _SPACE_BEFORE_COLON.search(fields):
        return "There may be no space between a header field's name and its colon."
    return "A header field is malformed."


def _fault_in_meaning(fields: bytes, *, http_1_1: bool) -> str | None:
    for name in _AT_MOST_ONCE:
        if fields.count(b"\r\n" + name.lower() + b":") > 1:
            return f"{name.decode()} may be given only once."
    return _fault_in_host(fields, http_1_1) or _fault_in_framing(fields, http_1_1)


def _fault_in_host(fields: bytes, http_1_1: bool) -> str | None:
    if _HOST.search(fields):
        return None
    if b"\r\nhost:" in fields:
        return "Host is malformed."
    return "Host is missing." if http_1_1 else None


def _fault_in_framing(fields: bytes, http_1_1: bool) -> str | None:
    has_length = b"\r\ncontent-length:" in fields
    if b"\r\ntransfer-encoding:" in fields:
        if has_length:
            return "Content-Length and Transfer-Encoding may not be given together."
        if not http_1_1 or not _CHUNKED.search(fields):
            return "The only Transfer-Encoding is chunked, in HTTP/1.1."
    elif has_length and not _LENGTH.search(fields):
        return "Content-Length is malformed."
    return None
