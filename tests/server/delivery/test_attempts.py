"""One attempt: the stored bytes, signed for this moment, and what came of it."""

from __future__ import annotations

import logging

import pytest

from expressb2b_core import verify_webhook
from expressb2b_core.rules.signing import derive_secret
from expressb2b_core.services.deliveries import Claim
from expressb2b_server.delivery.attempts import attempt, signed_request
from expressb2b_server.delivery.sender import Outcome, OutgoingRequest
from tests.server.delivery.conftest import ManualClock

NOW = 1_700_000_000
BODY = '{"event":"order.placed","note":"Café — 日本"}'.encode()
NEW, OLD = derive_secret(b"server", "endpoint", 2), derive_secret(b"server", "endpoint", 1)


def claim(secrets: tuple[str, ...] = (NEW,)) -> Claim:
    return Claim(
        "0193-d", "0193-w", "0193-s", "https://a.test/hook", "wh_0193", "order.placed", BODY,
        "2026-03", secrets, 0, 0,
    )  # fmt: skip


def test_the_request_has_all_headers_and_the_very_bytes() -> None:
    request = signed_request(claim(), NOW)

    assert (request.url, request.body) == ("https://a.test/hook", BODY)
    assert list(request.headers) == [
        "Content-Type",
        "X-ExpressB2B-Event",
        "X-ExpressB2B-Delivery",
        "X-ExpressB2B-Version",
        "X-ExpressB2B-Signature",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    ]
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["X-ExpressB2B-Event"] == "order.placed"
    assert request.headers["X-ExpressB2B-Delivery"] == "0193-d"
    assert request.headers["X-ExpressB2B-Version"] == "2026-03"
    assert request.headers["webhook-id"] == "wh_0193"
    assert request.headers["webhook-timestamp"] == str(NOW)


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_during_a_rotation_either_secret_verifies(secret: str) -> None:
    request = signed_request(claim((NEW, OLD)), NOW)

    verify_webhook(secret, request.headers, request.body, now=NOW)

    assert request.headers["X-ExpressB2B-Signature"].count("v1=") == 2


def test_each_attempt_is_signed_for_its_own_moment() -> None:
    clock = ManualClock()
    sent: list[OutgoingRequest] = []

    def send(request: OutgoingRequest) -> Outcome:
        sent.append(request)
        return Outcome(False, 503, "busy", None, 7, retry_after_seconds=30)

    first = attempt(claim(), send, clock)
    clock.advance(300)
    second = attempt(claim(), send, clock)

    assert (first.at, second.at) == (NOW, NOW + 300)
    assert [request.headers["webhook-timestamp"] for request in sent] == [str(NOW), str(NOW + 300)]
    assert sent[0].headers["X-ExpressB2B-Signature"] != sent[1].headers["X-ExpressB2B-Signature"]
    assert sent[0].body == sent[1].body


def test_what_came_of_it_is_told_in_full() -> None:
    outcome = Outcome(False, 503, "busy", None, 7, retry_after_seconds=30)

    result = attempt(claim(), lambda request: outcome, ManualClock())

    assert result.claim == claim()
    assert (result.ok, result.status, result.response, result.error) == (False, 503, "busy", None)
    assert (result.duration_ms, result.retry_after_seconds) == (7, 30)


def test_a_mistake_of_our_own_is_a_failure_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()

    def send(request: OutgoingRequest) -> Outcome:
        clock.advance(2)
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR, "expressb2b.delivery"):
        result = attempt(claim(), send, clock)

    assert (result.ok, result.error, result.duration_ms) == (False, "internal_error", 2000)
    assert "0193-d" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert not any(secret in caplog.text for secret in (NEW, OLD))
