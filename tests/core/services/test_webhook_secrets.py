"""Which secrets sign at which moment."""

from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.services.webhook_secrets import current_secret, signing_secrets

UNTIL = 1_800_000_000


@pytest.mark.parametrize(("now", "versions"), [(UNTIL - 1, [3, 2]), (UNTIL, [3])])
def test_the_old_secret_signs_until_its_time_is_over(
    b2b: ExpressB2B, now: int, versions: list[int]
) -> None:
    found = signing_secrets(b2b.runtime, "endpoint", 3, UNTIL, now)

    assert list(found) == [current_secret(b2b.runtime, "endpoint", one) for one in versions]


def test_without_a_rotation_one_secret_signs(b2b: ExpressB2B) -> None:
    found = signing_secrets(b2b.runtime, "endpoint", 1, None, UNTIL)

    assert list(found) == [current_secret(b2b.runtime, "endpoint", 1)]


def test_every_endpoint_and_every_rotation_has_a_secret_of_its_own(b2b: ExpressB2B) -> None:
    secrets = {
        current_secret(b2b.runtime, endpoint, version)
        for endpoint in ("one", "other")
        for version in (1, 2)
    }

    assert len(secrets) == 4
