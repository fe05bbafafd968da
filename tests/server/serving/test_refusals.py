from __future__ import annotations

import json

import pytest

from expressb2b_server.serving import refusals
from expressb2b_server.serving.refusals import Refusal


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (refusals.bad_request("why"), 400, "bad_request"),
        (refusals.REQUEST_TIMEOUT, 408, "request_timeout"),
        (refusals.payload_too_large(10), 413, "payload_too_large"),
        (refusals.headers_too_large(10), 431, "headers_too_large"),
        (refusals.INTERNAL_ERROR, 500, "internal_error"),
        (refusals.OVERLOADED, 503, "overloaded"),
    ],
)
def test_refusal_is_a_problem_document(refusal: Refusal, status: int, code: str) -> None:
    headers, body = refusals.render(refusal, "r-1")

    assert json.loads(body) == {
        "type": f"https://expressb2b.dev/errors/{code}",
        "title": refusal.title,
        "status": status,
        "code": code,
        "detail": refusal.detail,
        "request_id": "r-1",
    }
    assert ("Content-Type", "application/problem+json") in headers
    assert ("X-Request-Id", "r-1") in headers
    assert refusal.status_line.startswith(f"{status} ")


def test_overload_says_when_to_come_back() -> None:
    headers, _ = refusals.render(refusals.OVERLOADED, "r-1")

    assert ("Retry-After", "1") in headers


@pytest.mark.parametrize("text", ["a", "0190-ab.c_d~", "x" * 128])
def test_harmless_request_id_is_valid(text: str) -> None:
    assert refusals.is_valid_request_id(text)


@pytest.mark.parametrize("text", ["", "a b", "a, b", 'a"', "<a>", "a\n", "x" * 129])
def test_other_request_id_is_not(text: str) -> None:
    assert not refusals.is_valid_request_id(text)
