"""For receivers of webhooks: is this request genuine, and fresh?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from expressb2b_core.rules import signing
from expressb2b_core.runtime import SystemClock


def verify_webhook(
    secret: str | Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: int | None = None,
    tolerance_seconds: int = 300,
) -> None:
    """Return when the request was signed with this secret not long ago; otherwise raise.

    Args:
        secret: The signing secret as shown at registration (`whsec_…`), or several of them.
        headers: The request's headers, in any case.
        body: The raw body, exactly as received.
        now: Seconds since 1970; the machine's clock by default.
        tolerance_seconds: How old, or how far ahead, the signature's time may be.

    Raises:
        WebhookVerificationFailed: its `reason` says why.
    """
    moment = SystemClock().now() if now is None else now
    signing.verify_webhook(secret, headers, body, moment, tolerance_seconds)
