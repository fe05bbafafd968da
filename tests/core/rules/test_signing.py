"""Signing and verifying webhooks.

`python -m tests.core.rules.test_signing` writes the published test vectors anew.
"""

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from expressb2b_core.rules.signing import (
    WebhookVerificationFailed,
    derive_secret,
    sign,
    verify_webhook,
)

VECTORS_FILE = Path(__file__).parents[3] / "docs" / "webhook-test-vectors.json"

NOW = 1_773_585_128
SECRET = derive_secret(b"test vectors", "endpoint", 1)
OLD_SECRET = derive_secret(b"test vectors", "endpoint", 0)
EVENT_ID = "wh_01936b5c-3f2a-7e4d-8b29-c1d4e5f6a7b8"
BODY = (
    b'{"event":"order.placed","id":"wh_01936b5c-3f2a-7e4d-8b29-c1d4e5f6a7b8",'
    b'"created_at":"2026-03-15T14:32:08Z","data":{"total":"154.00","items_count":1}}'
)
NON_ASCII_BODY = BODY.replace(b"154.00", "154.00 € – Café Zürich, 東京 🧻".encode())
EMPTY_DATA_BODY = BODY[: BODY.index(b'"data"')] + b'"data":{}}'

STANDARD_NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
OWN_NAMES = ("X-ExpressB2B-Signature",)

Vector = dict[str, object]


def signed(*secrets: str, body: bytes = BODY, now: int = NOW) -> dict[str, str]:
    return sign(secrets or (SECRET,), EVENT_ID, body, now)


def only(names: Sequence[str], headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in names}


def failure(
    secret: str | Sequence[str], headers: Mapping[str, str], body: bytes = BODY, now: float = NOW
) -> str | None:
    """Return the reason of the refusal, or None when the request was accepted."""
    try:
        verify_webhook(secret, headers, body, now)
    except WebhookVerificationFailed as refusal:
        return refusal.reason
    return None


def bit_flips(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    for position in random.Random(seed).choices(range(len(data) * 8), k=count):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << (position % 8)
        yield bytes(changed)


def vector(
    description: str,
    headers: Mapping[str, str],
    expected: str = "valid",
    body: bytes = BODY,
    now: int = NOW,
    secret: str = SECRET,
) -> Vector:
    return {
        "description": description,
        "secret": secret,
        "headers": dict(headers),
        "body": body.decode(),
        "now": now,
        "tolerance_seconds": 300,
        "expected": expected,
    }


def make_vectors() -> list[Vector]:
    rotating = signed(SECRET, OLD_SECRET)
    flipped = bytearray(BODY)
    flipped[BODY.index(b"154.00")] ^= 1
    return [
        vector("ASCII body", signed()),
        vector("non-ASCII body", signed(body=NON_ASCII_BODY), body=NON_ASCII_BODY),
        vector("empty data", signed(body=EMPTY_DATA_BODY), body=EMPTY_DATA_BODY),
        vector("empty body", signed(body=b""), body=b""),
        vector("the Standard Webhooks headers alone", only(STANDARD_NAMES, signed())),
        vector("rotation, verified with the new secret", rotating),
        vector("rotation, verified with the old secret", rotating, secret=OLD_SECRET),
        vector("as old as is tolerated", signed(), now=NOW + 300),
        vector("stale", signed(), "timestamp_too_old", now=NOW + 301),
        vector("from the future", signed(), "timestamp_in_future", now=NOW - 301),
        vector("wrong secret", signed(), "no_match", secret=OLD_SECRET),
        vector("one flipped bit", signed(), "no_match", body=bytes(flipped)),
        vector("no signature", {"Content-Type": "application/json"}, "missing_header"),
        vector("garbled signature", {"X-ExpressB2B-Signature": "sha256=00"}, "malformed_header"),
    ]


def vectors_text() -> str:
    return json.dumps(make_vectors(), indent=2, ensure_ascii=False) + "\n"


def test_published_vectors_are_current() -> None:
    assert VECTORS_FILE.read_text(encoding="utf-8") == vectors_text()


@pytest.mark.parametrize("case", make_vectors(), ids=lambda case: str(case["description"]))
def test_vector_has_its_expected_result(case: Mapping[str, object]) -> None:
    headers, now = case["headers"], case["now"]
    assert isinstance(headers, dict)
    assert isinstance(now, int)

    reason = failure(str(case["secret"]), headers, str(case["body"]).encode(), now)

    assert (reason or "valid") == case["expected"]


def test_own_signature_is_the_hmac_of_time_and_body_under_the_secret_as_shown() -> None:
    expected = hmac.new(SECRET.encode(), b"%d.%b" % (NOW, BODY), hashlib.sha256).hexdigest()

    assert signed()["X-ExpressB2B-Signature"] == f"t={NOW},v1={expected}"


def test_standard_signature_is_that_of_the_published_example() -> None:
    headers = sign(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        1_614_265_330,
    )

    assert only(STANDARD_NAMES, headers) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_rotation_signs_with_both_secrets() -> None:
    headers = signed(SECRET, OLD_SECRET)

    new, old = signed(SECRET), signed(OLD_SECRET)
    own = old["X-ExpressB2B-Signature"].removeprefix(f"t={NOW}")
    assert headers["X-ExpressB2B-Signature"] == new["X-ExpressB2B-Signature"] + own
    assert headers["webhook-signature"].split(" ") == [
        new["webhook-signature"],
        old["webhook-signature"],
    ]


@pytest.mark.parametrize("body", [BODY, NON_ASCII_BODY, EMPTY_DATA_BODY])
@pytest.mark.parametrize("secrets", [(SECRET,), (OLD_SECRET, SECRET), (SECRET, OLD_SECRET)])
def test_third_party_verifier_accepts_what_was_signed(
    secrets: tuple[str, ...], body: bytes
) -> None:
    headers = sign(secrets, EVENT_ID, body, int(time.time()))

    assert Webhook(SECRET).verify(body, headers) == json.loads(body)


def test_third_party_verifier_refuses_2000_bit_flips_of_the_body() -> None:
    verifier = Webhook(SECRET)
    headers = sign([SECRET], EVENT_ID, NON_ASCII_BODY, int(time.time()))

    for changed in bit_flips(NON_ASCII_BODY, 2_000, seed=1):
        with pytest.raises(Exception, match=r"No matching signature|codec can't decode"):
            verifier.verify(changed, headers, json_parse=False)


@pytest.mark.parametrize("names", [OWN_NAMES, STANDARD_NAMES], ids=["own", "standard"])
def test_2000_bit_flips_of_the_body_are_refused(names: Sequence[str]) -> None:
    headers = only(names, signed(body=NON_ASCII_BODY))

    reasons = {
        failure(SECRET, headers, changed) for changed in bit_flips(NON_ASCII_BODY, 2_000, seed=2)
    }

    assert reasons == {"no_match"}


@pytest.mark.parametrize("name", [*OWN_NAMES, *STANDARD_NAMES])
def test_every_bit_flip_of_a_header_is_refused(name: str) -> None:
    headers = only(OWN_NAMES if name in OWN_NAMES else STANDARD_NAMES, signed())
    value = headers[name]

    for index, bit in ((index, bit) for index in range(len(value)) for bit in range(8)):
        changed = value[:index] + chr(ord(value[index]) ^ 1 << bit) + value[index + 1 :]
        assert failure(SECRET, {**headers, name: changed}) in {"no_match", "malformed_header"}


@settings(deadline=None)
@given(st.binary(), st.integers(0, 10**11), st.binary(min_size=1, max_size=64))
def test_whatever_was_signed_is_accepted_by_either_scheme(
    body: bytes, now: int, key: bytes
) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    headers = sign([secret], EVENT_ID, body, now)

    assert failure(secret, only(OWN_NAMES, headers), body, now) is None
    assert failure(secret, only(STANDARD_NAMES, headers), body, now) is None


header_texts = st.one_of(
    st.text(),
    st.text("tv1=,0123456789abcdef ", max_size=40),
    st.from_regex(r"t=[0-9]{1,14},v1=[0-9a-f]{64}", fullmatch=True),
)


@settings(deadline=None)
@given(header_texts, header_texts, header_texts, header_texts)
def test_forged_headers_are_refused_and_never_crash(
    own: str, event_id: str, timestamp: str, standard: str
) -> None:
    trio = dict(zip(STANDARD_NAMES, (event_id, timestamp, standard), strict=True))

    for headers in ({"X-ExpressB2B-Signature": own}, trio):
        assert failure(SECRET, headers) in {"no_match", "malformed_header"}


@pytest.mark.parametrize("recase", [str.lower, str.upper, str.title])
@pytest.mark.parametrize("names", [OWN_NAMES, STANDARD_NAMES], ids=["own", "standard"])
def test_case_of_header_names_does_not_matter(
    names: Sequence[str], recase: Callable[[str], str]
) -> None:
    headers = {recase(name): value for name, value in only(names, signed()).items()}

    assert failure(SECRET, headers) is None


@pytest.mark.parametrize("names", [OWN_NAMES, STANDARD_NAMES], ids=["own", "standard"])
@pytest.mark.parametrize(
    ("age_seconds", "reason"),
    [
        (300, None),
        (300.5, "timestamp_too_old"),
        (-300, None),
        (-300.5, "timestamp_in_future"),
    ],
)
def test_time_is_tolerated_up_to_five_minutes_either_way(
    names: Sequence[str], age_seconds: float, reason: str | None
) -> None:
    headers = only(names, signed())

    assert failure(SECRET, headers, now=NOW + age_seconds) == reason


def test_tolerance_is_the_callers_choice() -> None:
    verify_webhook(SECRET, signed(), BODY, NOW + 10, tolerance_seconds=10)
    with pytest.raises(WebhookVerificationFailed, match="too long ago"):
        verify_webhook(SECRET, signed(), BODY, NOW + 11, tolerance_seconds=10)


def test_time_is_judged_only_of_genuine_requests() -> None:
    assert failure(OLD_SECRET, signed(), now=NOW + 10_000) == "no_match"


def test_any_of_several_secrets_may_have_signed() -> None:
    assert failure([SECRET, OLD_SECRET], signed(OLD_SECRET)) is None


def test_unknown_schemes_beside_a_good_signature_are_passed_over() -> None:
    headers = signed()
    own = {"X-ExpressB2B-Signature": headers["X-ExpressB2B-Signature"] + ",v2=abc"}
    standard = only(STANDARD_NAMES, headers)
    standard["webhook-signature"] = "v1a,abc " + standard["webhook-signature"]

    assert failure(SECRET, own) is None
    assert failure(SECRET, standard) is None


def test_bad_own_signature_is_not_made_good_by_the_standard_headers() -> None:
    headers = signed() | {"X-ExpressB2B-Signature": f"t={NOW},v1={'0' * 64}"}

    assert failure(SECRET, headers) == "no_match"


@pytest.mark.parametrize("name", STANDARD_NAMES)
def test_standard_headers_are_needed_all_three(name: str) -> None:
    headers = only(STANDARD_NAMES, signed())
    del headers[name]

    assert failure(SECRET, headers) == "missing_header"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "v1=00",
        f"t={NOW}",
        f"t={NOW},t={NOW},v1=00",
        "t=,v1=00",
        "t=-5,v1=00",
        "t=1e9,v1=00",
        "t=٣,v1=00",
        f"t={'9' * 13},v1=00",
        f"t={NOW},v1=é",
        f"t={NOW},v2=00",
    ],
)
def test_own_header_that_cannot_be_read_is_malformed(value: str) -> None:
    assert failure(SECRET, {"X-ExpressB2B-Signature": value}) == "malformed_header"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", ""),
        ("webhook-id", "é"),
        ("webhook-timestamp", "soon"),
        ("webhook-timestamp", ""),
        ("webhook-signature", ""),
        ("webhook-signature", "v2,AAAA"),
        ("webhook-signature", "v1,é"),
    ],
)
def test_standard_header_that_cannot_be_read_is_malformed(name: str, value: str) -> None:
    headers = only(STANDARD_NAMES, signed()) | {name: value}

    assert failure(SECRET, headers) == "malformed_header"


@pytest.mark.parametrize("secret", ["", [], [SECRET, ""]])
def test_missing_secret_is_a_mistake_and_not_a_refusal(secret: str | list[str]) -> None:
    with pytest.raises(ValueError, match="at least one secret") as raised:
        verify_webhook(secret, signed(), BODY, NOW)
    assert not isinstance(raised.value, WebhookVerificationFailed)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_*", "whsec_é", "whsec_QQ", "whsec_QUJD*"])
def test_secret_that_is_no_base64_is_a_mistake_for_the_standard_headers(secret: str) -> None:
    with pytest.raises(ValueError, match="followed by base64"):
        verify_webhook(secret, only(STANDARD_NAMES, signed()), BODY, NOW)


def test_derived_secret_is_always_the_same_and_holds_32_bytes() -> None:
    secret = derive_secret(b"server", "01936b4a", 1)

    assert secret == derive_secret(b"server", "01936b4a", 1)
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32


def test_derived_secret_is_stable_across_releases() -> None:
    assert (
        derive_secret(b"server", "01936b4a", 1)
        == "whsec_0WlOrzu8+PiPqZhhyjeIaBb4a89EuOTlLR8vCB7hEfM="
    )


def test_derived_secret_differs_by_server_endpoint_and_version() -> None:
    secrets = {
        derive_secret(b"server", "a", 1),
        derive_secret(b"other", "a", 1),
        derive_secret(b"server", "b", 1),
        derive_secret(b"server", "a", 2),
    }

    assert len(secrets) == 4


def test_empty_server_secret_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        derive_secret(b"", "a", 1)


if __name__ == "__main__":
    VECTORS_FILE.write_text(vectors_text(), encoding="utf-8")
