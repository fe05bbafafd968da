"""Who hears of an event: decided with the event itself, in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.rules.versions import Resource, Version, Versions
from expressb2b_core.services.deliveries import Deliveries
from tests.builders import Customer, customer, napkin, order
from tests.clocks import FakeClock
from tests.core.services.delivery_builders import buyer, claim, hook, next_due_at_ms, place


@pytest.fixture
def midwest(shop: Workspace) -> Customer:
    return buyer(shop)


def heard(shop: Workspace, endpoint_id: str) -> list[str]:
    found = [one.event for one in shop.webhooks.deliveries(endpoint_id)]
    return sorted(found)


def test_endpoints_hear_of_the_events_they_asked_for(shop: Workspace) -> None:
    everything = hook(shop, "a")
    approvals = hook(shop, "b", events=["order.approved", "order.rejected"])
    napkin(shop)
    order(shop, customer(shop))

    assert heard(shop, everything.id) == ["order.approved", "order.placed"]
    assert heard(shop, approvals.id) == ["order.approved"]


def test_another_workspaces_endpoint_hears_nothing(
    shop: Workspace, stranger: Workspace, midwest: Customer
) -> None:
    endpoint = hook(stranger)
    place(shop, midwest)

    assert heard(stranger, endpoint.id) == []


def test_an_endpoint_hears_of_nothing_that_happened_before_it_was_registered(
    shop: Workspace, midwest: Customer
) -> None:
    place(shop, midwest)

    assert heard(shop, hook(shop).id) == []


def test_the_pool_is_woken_after_the_commit_and_once_there_is_something(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer
) -> None:
    found: list[int | None] = []
    deliveries = Deliveries(b2b.runtime)
    b2b.runtime.wake_deliveries.append(lambda: found.append(next_due_at_ms(deliveries)))
    place(shop, midwest)
    hook(shop)

    place(shop, midwest)

    assert found == [b2b.runtime.clock.now_ms()]


OLDER = Version(
    "2026-01",
    "2026-01-01",
    responses={"order": lambda order: {**_without(order, "number"), "no": order["number"]}},
)


def _without(resource: Resource, name: str) -> Resource:
    return {key: value for key, value in resource.items() if key != name}


@pytest.fixture
def old_b2b(clock: FakeClock) -> Iterator[ExpressB2B]:
    versions = Versions([OLDER, Version("2026-03", "2026-03-01")])
    with ExpressB2B("sqlite:///:memory:", clock=clock, versions=versions) as opened:
        yield opened


def test_an_endpoint_of_an_older_version_gets_a_body_of_its_own(old_b2b: ExpressB2B) -> None:
    shop = old_b2b.workspace()
    newer, older = hook(shop, "a"), hook(shop, "b", version="2026-01")
    (event_id,) = place(shop, buyer(shop))

    bodies = {one.endpoint_id: one.body for one in claim(Deliveries(old_b2b.runtime))}

    assert bodies[newer.id] == shop.events.raw(event_id)
    own, shared = json.loads(bodies[older.id]), json.loads(bodies[newer.id])
    assert own["data"]["order"]["no"] == shared["data"]["order"]["number"]
    assert "number" not in own["data"]["order"]
    assert {key: own[key] for key in ("id", "event", "created_at")} == {
        key: shared[key] for key in ("id", "event", "created_at")
    }


def test_the_body_of_an_older_version_is_that_of_the_moment(
    old_b2b: ExpressB2B, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = old_b2b.workspace()
    hook(shop, version="2026-01")
    place(shop, buyer(shop))
    monkeypatch.setattr(old_b2b.runtime.versions, "take_back", lambda *_: {"other": "release"})

    (found,) = claim(Deliveries(old_b2b.runtime))

    assert "no" in json.loads(found.body)["data"]["order"]


def test_a_replayed_event_comes_in_the_endpoints_version(old_b2b: ExpressB2B) -> None:
    shop = old_b2b.workspace()
    place(shop, buyer(shop))
    endpoint = hook(shop, version="2026-01")

    shop.webhooks.replay(endpoint.id, since="2026-03-01")
    (found,) = claim(Deliveries(old_b2b.runtime))

    assert "no" in json.loads(found.body)["data"]["order"]
    assert found.version == "2026-01"
