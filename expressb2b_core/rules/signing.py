"""Signs webhook deliveries and verifies them, while secrets rotate.

Every delivery is signed twice over: in our own header, over time and body, and in the three
headers of Standard Webhooks 1.0, over id, time and body. Where secrets' versions and the clock
come from is left to the caller.
"""

import base64
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

SIGNATURE_HEADER = "X-ExpressB2B-Signature"
ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
STANDARD_SIGNATURE_HEADER = "webhook-signature"

DEFAULT_TOLERANCE_SECONDS = 300

FailureReason: TypeAlias = Literal[
    "missing_header",
    "malformed_header",
    "timestamp_too_old",
    "timestamp_in_future",
    "no_match",
]

_WHSEC = "whsec_"
_DERIVATION_LABEL = "expressb2b.webhook-secret"
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_MESSAGES: dict[FailureReason, str] = {
    "missing_header": "the request carries no webhook signature",
    "malformed_header": "a signature header cannot be read",
    "timestamp_too_old": "the request was signed too long ago",
    "timestamp_in_future": "the request was signed in the future; compare the clocks",
    "no_match": "no signature matches: another secret, or the body was changed",
}


class WebhookVerificationFailed(ValueError):
    """A request that must not be trusted; `reason` says why and never changes its wording."""

    def __init__(self, reason: FailureReason) -> None:
        super().__init__(_MESSAGES[reason])
        self.reason: FailureReason = reason


class _Claim(NamedTuple):
    """What a request says about itself, not yet believed."""

    timestamp: str
    signatures: list[str]


def derive_secret(server_secret: bytes, endpoint_id: str, version: int) -> str:
    """Return the secret of an endpoint, `whsec_` and the base64 of 32 bytes.

    Always the same for the same arguments, so that it need not be stored: a stolen database
    signs nothing. Each rotation counts `version` up by one.
    """
    if not server_secret:
        raise ValueError("the server's secret must not be empty")
    message = f"{_DERIVATION_LABEL}\0{endpoint_id}\0{version}".encode()
    return _WHSEC + _base64(_hmac_sha256(server_secret, message))


def sign(secrets: Sequence[str], event_id: str, body: bytes, now: int) -> dict[str, str]:
    """Return the signature headers of one attempt.

    Args:
        secrets: The endpoint's secret as shown, `whsec_` included; during a rotation the new
            one and the old one, and each header then holds a signature of both.
        event_id: The id of the event, the same in every attempt.
        body: The bytes that will be sent.
        now: Epoch seconds of this attempt.
    """
    own = "".join(f",v1={_own_signature(secret, str(now), body)}" for secret in secrets)
    standard = (_standard_signature(secret, event_id, str(now), body) for secret in secrets)
    return {
        SIGNATURE_HEADER: f"t={now}{own}",
        ID_HEADER: event_id,
        TIMESTAMP_HEADER: str(now),
        STANDARD_SIGNATURE_HEADER: " ".join(f"v1,{signature}" for signature in standard),
    }


def verify_webhook(
    secret: str | Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    tolerance_seconds: float = DEFAULT_TOLERANCE_SECONDS,
) -> None:
    """Return if the request is genuine, and raise if it is not.

    `X-ExpressB2B-Signature` is verified where present; otherwise the headers of Standard
    Webhooks are.

    Args:
        secret: The endpoint's secret as shown, `whsec_` included, or all that may have signed.
        headers: The request's headers; upper and lower case in names do not matter.
        body: The request's body, byte for byte as received, before any parsing.
        now: Epoch seconds.
        tolerance_seconds: How far the time of signing may lie from `now`, in either direction.

    Raises:
        WebhookVerificationFailed: With the `reason`. The time is judged only after the
            signature, so a reason about time is told about genuine requests alone.
        ValueError: When no secret is given, or one is empty or cannot be decoded.
    """
    secrets = [secret] if isinstance(secret, str) else list(secret)
    if not secrets or not all(secrets):
        raise ValueError("verification needs at least one secret, and none of them empty")
    by_name = {name.lower(): value for name, value in headers.items()}
    own_header = by_name.get(SIGNATURE_HEADER.lower())
    if own_header is not None:
        timestamp = _verify_own(secrets, own_header, body)
    else:
        timestamp = _verify_standard(secrets, by_name, body)
    _check_age(now - timestamp, tolerance_seconds)


def _verify_own(secrets: list[str], header: str, body: bytes) -> int:
    claim = _read_own(header)
    expected = [_own_signature(secret, claim.timestamp, body) for secret in secrets]
    _require_match(expected, claim.signatures)
    return int(claim.timestamp)


def _read_own(header: str) -> _Claim:
    # Unknown names are passed over, so that a later scheme can be sent beside this one.
    pairs = [item.partition("=") for item in header.split(",")]
    timestamps = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1"]
    if len(timestamps) != 1:
        raise WebhookVerificationFailed("malformed_header")
    return _checked(timestamps[0], signatures)


def _verify_standard(secrets: list[str], by_name: Mapping[str, str], body: bytes) -> int:
    event_id = by_name.get(ID_HEADER)
    timestamp = by_name.get(TIMESTAMP_HEADER)
    header = by_name.get(STANDARD_SIGNATURE_HEADER)
    if event_id is None or timestamp is None or header is None:
        raise WebhookVerificationFailed("missing_header")
    if not event_id or not event_id.isascii():
        raise WebhookVerificationFailed("malformed_header")
    pairs = [item.partition(",") for item in header.split(" ")]
    claim = _checked(timestamp, [value for version, _, value in pairs if version == "v1"])
    expected = [_standard_signature(one, event_id, timestamp, body) for one in secrets]
    _require_match(expected, claim.signatures)
    return int(claim.timestamp)


def _checked(timestamp: str, signatures: list[str]) -> _Claim:
    readable = _TIMESTAMP.fullmatch(timestamp) and all(map(str.isascii, signatures))
    if not readable or not signatures:
        raise WebhookVerificationFailed("malformed_header")
    return _Claim(timestamp, signatures)


def _require_match(expected: Iterable[str], signatures: Sequence[str]) -> None:
    # Compared as text, so that another spelling of the same bytes is a changed one.
    matches = [hmac.compare_digest(one, given) for one in expected for given in signatures]
    if not any(matches):
        raise WebhookVerificationFailed("no_match")


def _check_age(age_seconds: float, tolerance_seconds: float) -> None:
    if age_seconds > tolerance_seconds:
        raise WebhookVerificationFailed("timestamp_too_old")
    if age_seconds < -tolerance_seconds:
        raise WebhookVerificationFailed("timestamp_in_future")


def _own_signature(secret: str, timestamp: str, body: bytes) -> str:
    return _hmac_sha256(secret.encode(), b"%b.%b" % (timestamp.encode(), body)).hex()


def _standard_signature(secret: str, event_id: str, timestamp: str, body: bytes) -> str:
    message = b"%b.%b.%b" % (event_id.encode(), timestamp.encode(), body)
    return _base64(_hmac_sha256(_secret_bytes(secret), message))


@lru_cache(maxsize=1024)
def _secret_bytes(secret: str) -> bytes:
    try:
        decoded = base64.b64decode(secret.removeprefix(_WHSEC), validate=True)
    except ValueError:
        decoded = b""
    if not decoded:
        raise ValueError("a webhook secret is whsec_ followed by base64")
    return decoded


def _hmac_sha256(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
