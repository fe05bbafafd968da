"""Makes one attempt to deliver: builds the signed request, has it sent, tells what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from expressb2b_core.rules import signing
from expressb2b_core.runtime import Clock
from expressb2b_core.services.deliveries import Claim, Result
from expressb2b_server.delivery.sender import Outcome, OutgoingRequest

EVENT_HEADER = "X-ExpressB2B-Event"
DELIVERY_HEADER = "X-ExpressB2B-Delivery"
VERSION_HEADER = "X-ExpressB2B-Version"

INTERNAL_ERROR = "internal_error"

_log = logging.getLogger("expressb2b.delivery")


def attempt(claim: Claim, send: Callable[[OutgoingRequest], Outcome], clock: Clock) -> Result:
    """Send a claimed delivery now; a mistake of our own becomes a failure that is tried again."""
    at = clock.now()
    started_ns = clock.monotonic_ns()
    try:
        outcome = send(signed_request(claim, at))
    except Exception:
        _log.exception("delivery %s could not be attempted", claim.delivery_id)
        duration_ms = (clock.monotonic_ns() - started_ns) // 1_000_000
        return Result(claim, ok=False, at=at, duration_ms=duration_ms, error=INTERNAL_ERROR)
    return Result(
        claim,
        ok=outcome.ok,
        at=at,
        duration_ms=outcome.duration_ms,
        status=outcome.status,
        response=outcome.response,
        error=outcome.error,
        retry_after_seconds=outcome.retry_after_seconds,
    )


def signed_request(claim: Claim, now: int) -> OutgoingRequest:
    """The request of an attempt at `now` (epoch seconds): the stored bytes, signed for this time.

    Besides our own headers it has the three of Standard Webhooks 1.0.
    """
    headers = {
        "Content-Type": "application/json",
        EVENT_HEADER: claim.event_type,
        DELIVERY_HEADER: claim.delivery_id,
        VERSION_HEADER: claim.version,
        **signing.sign(claim.secrets, claim.event_id, claim.body, now),
    }
    return OutgoingRequest(claim.url, claim.body, headers)
