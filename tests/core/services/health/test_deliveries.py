"""Events that were never queued for an endpoint that wanted them are found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from expressb2b_core import Workspace
from expressb2b_core.services.health import Finding
from tests import builders
from tests.builders import Customer
from tests.clocks import FakeClock
from tests.core.services.health.conftest import Spoil

Found = Callable[[str], list[Finding]]
LOSE_ALL = "DELETE FROM deliveries"
DAY = 86_400


@pytest.fixture
def buyer(shop: Workspace) -> Customer:
    builders.napkin(shop)
    return builders.customer(shop)


def register(shop: Workspace, clock: FakeClock, *events: str) -> str:
    endpoint = shop.webhooks.register(url="https://192.0.1.1/hook", events=list(events))
    clock.advance(3600)
    return endpoint.id


@pytest.mark.parametrize(("wanted", "count"), [("*", 2), ("order.approved", 1)])
def test_missing_delivery_is_found_with_its_remedy(
    shop: Workspace,
    clock: FakeClock,
    buyer: Customer,
    spoil: Spoil,
    found: Found,
    wanted: str,
    count: int,
) -> None:
    endpoint_id = register(shop, clock, wanted)
    builders.order(shop, buyer)
    spoil(LOSE_ALL)

    (finding,) = found("deliveries")

    assert finding.detail.startswith(f"{count} events since 2026-03-15T15:32:07Z")
    assert finding.remedy == (
        f"expressb2b webhooks replay {endpoint_id} --since 2026-03-15T15:32:07Z --workspace default"
    )


def test_remedy_ends_the_finding(
    shop: Workspace, clock: FakeClock, buyer: Customer, spoil: Spoil, found: Found
) -> None:
    endpoint_id = register(shop, clock, "*")
    builders.order(shop, buyer)
    spoil(LOSE_ALL)

    shop.webhooks.replay(endpoint_id, since="2026-03-15T15:32:07Z")

    assert found("deliveries") == []


def test_sound_endpoint_has_no_finding_even_while_the_system_holds_it(
    shop: Workspace, clock: FakeClock, buyer: Customer, spoil: Spoil, found: Found
) -> None:
    register(shop, clock, "*")
    spoil("UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = 'failing'")
    builders.order(shop, buyer)

    assert found("deliveries") == []


@pytest.mark.parametrize("change", ["unwanted", "paused", "removed", "not yet there", "long ago"])
def test_event_that_was_not_wanted_or_is_too_old_is_no_finding(
    shop: Workspace, clock: FakeClock, buyer: Customer, spoil: Spoil, found: Found, change: str
) -> None:
    if change == "not yet there":
        builders.order(shop, buyer)
    endpoint_id = register(shop, clock, "order.cancelled" if change == "unwanted" else "*")
    builders.order(shop, buyer)
    spoil(LOSE_ALL)
    if change == "paused":
        shop.webhooks.update(endpoint_id, status="disabled")
    elif change == "removed":
        shop.webhooks.delete(endpoint_id)
    elif change == "not yet there":
        shop.webhooks.update(endpoint_id, description="changed since")
    elif change == "long ago":
        clock.advance(31 * DAY)

    assert found("deliveries") == []
