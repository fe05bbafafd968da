"""What is answered when a request never reaches the application: RFC 9457 problem documents."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus

_TYPE_PREFIX = "https://expressb2b.dev/errors/"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,128}")

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason not to pass a request on; `code` is stable, `detail` is for people."""

    status: int
    code: str
    title: str
    detail: str
    retry_after_seconds: int | None = None

    @property
    def status_line(self) -> str:
        """Status and reason phrase, as WSGI writes them."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"


def bad_request(detail: str) -> Refusal:
    """400: the bytes are no request, or can be understood in two ways."""
    return Refusal(400, "bad_request", "The request cannot be read", detail)


def payload_too_large(max_bytes: int) -> Refusal:
    """413."""
    detail = f"A body may have at most {max_bytes} bytes."
    return Refusal(413, "payload_too_large", "The body is too large", detail)


def headers_too_large(max_bytes: int) -> Refusal:
    """431 (RFC 6585)."""
    detail = f"Request line and header fields may have at most {max_bytes} bytes together."
    return Refusal(431, "headers_too_large", "The header is too large", detail)


UNREADABLE = bad_request("This is not a request in HTTP/1.1.")
REQUEST_TIMEOUT = Refusal(
    408,
    "request_timeout",
    "The request took too long",
    "The connection was kept waiting for the rest of the request.",
)
INTERNAL_ERROR = Refusal(
    500,
    "internal_error",
    "Something went wrong",
    "The request failed for a reason on our side. Its request_id helps to find it.",
)
OVERLOADED = Refusal(
    503,
    "overloaded",
    "The server is busy",
    "Too many requests are waiting. Try again in a moment.",
    retry_after_seconds=1,
)


def is_valid_request_id(text: str) -> bool:
    """Whether a client's `X-Request-Id` is short and harmless enough to be echoed and logged."""
    return _REQUEST_ID.fullmatch(text) is not None


def render(refusal: Refusal, request_id: str) -> tuple[Headers, bytes]:
    """Headers and body of the answer, without Content-Length and Connection."""
    problem = {
        "type": _TYPE_PREFIX + refusal.code,
        "title": refusal.title,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
        "request_id": request_id,
    }
    headers = [("Content-Type", "application/problem+json"), ("X-Request-Id", request_id)]
    if refusal.retry_after_seconds is not None:
        headers.append(("Retry-After", str(refusal.retry_after_seconds)))
    return headers, json.dumps(problem).encode()
