"""Webhook endpoints: registered, changed, rotated, tested, disabled, removed."""

from __future__ import annotations

import json

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import (
    EndpointDisabled,
    NotFound,
    Stale,
    UnknownVersion,
    ValidationFailed,
)
from expressb2b_core.rules.signing import derive_secret
from expressb2b_core.services.deliveries import Deliveries
from tests.builders import NOBODY, Customer
from tests.clocks import FakeClock
from tests.core.services.delivery_builders import buyer, claim, hook, ok, place, refused


@pytest.fixture
def midwest(shop: Workspace) -> Customer:
    return buyer(shop)


def codes(error: ValidationFailed) -> dict[str, str]:
    return {problem.pointer: problem.code for problem in error.errors}


def test_registering_gives_the_endpoint_with_its_secret(b2b: ExpressB2B, shop: Workspace) -> None:
    endpoint = shop.webhooks.register(
        url="https://yourapp.com/hooks/orders", events=["order.placed"], description="ERP"
    )

    assert endpoint.created
    assert endpoint.to_dict() == {
        "id": endpoint.id,
        "url": "https://yourapp.com/hooks/orders",
        "events": ["order.placed"],
        "description": "ERP",
        "status": "enabled",
        "disabled_reason": None,
        "version": "2026-03",
        "secret_version": 1,
        "old_secret_until": None,
        "failing_since": None,
        "last_success_at": None,
        "last_failure_at": None,
        "created_at": "2026-03-15T14:32:07Z",
        "updated_at": "2026-03-15T14:32:07Z",
        "secret": derive_secret(b2b.runtime.secret, endpoint.id, 1),
    }


def test_the_secret_is_shown_at_registration_only_and_stored_nowhere(
    b2b: ExpressB2B, shop: Workspace
) -> None:
    endpoint = hook(shop)

    assert "secret" not in shop.webhooks.get(endpoint.id)
    assert all("secret" not in listed for listed in shop.webhooks.iterate())
    assert shop.webhooks.secret(endpoint.id) == endpoint.secret
    stored = b2b.runtime.database.run_sql("SELECT * FROM webhook_endpoints")
    assert endpoint.secret.removeprefix("whsec_") not in str(stored)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com/",
        "https://user:pass@example.com/",
        "https://127.0.0.1/",
        "https://10.1.2.3/hook",
        "https://[::1]/",
        "not a url",
        "",
        "https://example.com/" + "x" * 2048,
    ],
)
def test_a_url_that_may_not_receive_webhooks_is_refused(shop: Workspace, url: str) -> None:
    endpoint = hook(shop)

    with pytest.raises(ValidationFailed) as registering:
        shop.webhooks.register(url=url, events=["*"])
    with pytest.raises(ValidationFailed) as changing:
        shop.webhooks.update(endpoint.id, url=url)

    assert codes(registering.value) == {"/url": "webhook_url_not_allowed"}
    assert codes(changing.value) == {"/url": "webhook_url_not_allowed"}
    assert shop.webhooks.get(endpoint.id).url == endpoint.url


def test_who_can_look_names_up_judges_instead(clock: FakeClock) -> None:
    asked = []

    def check(url: str) -> str | None:
        asked.append(url)
        return "The host leads to 10.0.0.0/8." if "intern" in url else None

    with ExpressB2B("sqlite:///:memory:", clock=clock, check_webhook_url=check) as b2b:
        shop = b2b.workspace()
        allowed = hook(shop, url="http://127.0.0.1:3000/hook")
        with pytest.raises(ValidationFailed, match=r"The host leads to 10\.0\.0\.0/8\."):
            hook(shop, url="https://intern.example.com/")

    assert asked == ["http://127.0.0.1:3000/hook", "https://intern.example.com/"]
    assert allowed.url == asked[0]


def test_all_problems_of_a_registration_come_at_once(shop: Workspace) -> None:
    with pytest.raises(ValidationFailed) as refused:
        shop.webhooks.register(url="", events=["order.moved"], description=7)  # type: ignore[arg-type]

    assert set(codes(refused.value)) == {"/url", "/events/0", "/description"}


def test_an_endpoint_is_pinned_to_a_version(shop: Workspace) -> None:
    assert hook(shop, version="2026-03").version == "2026-03"
    with pytest.raises(UnknownVersion):
        hook(shop, version="2025-01")


def test_lists_go_from_the_oldest_to_the_newest(shop: Workspace) -> None:
    ids = [hook(shop, f"h{number}").id for number in range(5)]

    first = shop.webhooks.list(per_page=3)
    second = shop.webhooks.list(per_page=3, cursor=first.next_cursor)

    assert [one.id for one in first] + [one.id for one in second] == ids
    assert (first.total, second.next_cursor) == (5, None)
    assert [one.id for one in shop.webhooks.iterate()] == ids


def test_a_change_leaves_what_it_does_not_name(shop: Workspace, clock: FakeClock) -> None:
    endpoint = hook(shop, description="ERP")
    clock.advance(1)

    changed = shop.webhooks.update(endpoint.id, events=["order.approved"])

    assert changed == shop.webhooks.get(endpoint.id)
    before = endpoint.to_dict()
    del before["secret"]
    assert changed.to_dict() == before | {
        "events": ["order.approved"],
        "updated_at": "2026-03-15T14:32:08Z",
    }
    assert shop.webhooks.update(endpoint.id, description=None).description is None


def test_a_change_decided_on_an_old_document_is_stale(shop: Workspace) -> None:
    endpoint = hook(shop)
    read = shop.webhooks.get(endpoint.id)
    shop.webhooks.update(endpoint.id, description="other", if_match=frozenset([read.etag]))

    with pytest.raises(Stale):
        shop.webhooks.update(endpoint.id, description="mine", if_match=frozenset([read.etag]))
    with pytest.raises(Stale):
        shop.webhooks.delete(endpoint.id, if_match=frozenset([read.etag]))
    with pytest.raises(Stale):
        shop.webhooks.rotate_secret(endpoint.id, if_match=frozenset([read.etag]))

    assert shop.webhooks.get(endpoint.id).description == "other"


def test_a_rotation_gives_a_new_secret_and_says_how_long_the_old_one_signs(
    shop: Workspace,
) -> None:
    endpoint = hook(shop)

    rotated = shop.webhooks.rotate_secret(endpoint.id)

    assert rotated.secret not in (endpoint.secret, None)
    assert rotated.secret == shop.webhooks.secret(endpoint.id)
    assert rotated.old_secret_until == "2026-03-16T14:32:07Z"
    assert "secret" not in shop.webhooks.get(endpoint.id)


def test_after_two_rotations_the_newest_two_secrets_sign(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer
) -> None:
    endpoint = hook(shop)
    second = shop.webhooks.rotate_secret(endpoint.id)
    third = shop.webhooks.rotate_secret(endpoint.id)
    place(shop, midwest)

    (found,) = claim(Deliveries(b2b.runtime))

    assert list(found.secrets) == [third.secret, second.secret]


def test_a_test_event_goes_to_one_endpoint_alone(b2b: ExpressB2B, shop: Workspace) -> None:
    endpoint = hook(shop, "a", events=["order.cancelled"])
    hook(shop, "b")
    woken = []
    b2b.runtime.wake_deliveries.append(lambda: woken.append(1))

    queued = shop.webhooks.test(endpoint.id)
    (found,) = claim(Deliveries(b2b.runtime))

    assert (queued.status, queued.event, queued.webhook_id) == (
        "pending", "webhook.test", endpoint.id,
    )  # fmt: skip
    assert found.endpoint_id == endpoint.id
    body = json.loads(found.body)
    assert body["event"] == "webhook.test"
    assert body["id"] == found.event_id
    assert body["data"]["webhook_id"] == endpoint.id
    assert woken == [1]


def test_a_test_event_is_nothing_that_happened(shop: Workspace, midwest: Customer) -> None:
    endpoint = hook(shop)
    shop.webhooks.test(endpoint.id)
    place(shop, midwest)

    assert [(one.seq, one.event) for one in shop.events.iterate()] == [(1, "order.placed")]


def test_what_happens_while_its_owner_has_disabled_it_is_not_delivered(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer
) -> None:
    endpoint = hook(shop)
    disabled = shop.webhooks.update(endpoint.id, status="disabled")
    place(shop, midwest)
    enabled = shop.webhooks.update(endpoint.id, status="enabled")

    assert (disabled.status, disabled.disabled_reason) == ("disabled", "owner")
    assert (enabled.status, enabled.disabled_reason) == ("enabled", None)
    assert claim(Deliveries(b2b.runtime)) == []


def test_what_was_pending_when_its_owner_disabled_it_is_released_on_enabling(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer
) -> None:
    endpoint = hook(shop)
    (event_id,) = place(shop, midwest)
    shop.webhooks.update(endpoint.id, status="disabled")
    assert claim(Deliveries(b2b.runtime)) == []

    shop.webhooks.update(endpoint.id, status="enabled")

    assert [one.event_id for one in claim(Deliveries(b2b.runtime))] == [event_id]


def test_what_was_held_because_it_was_gone_is_released_on_enabling(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer
) -> None:
    endpoint = hook(shop)
    deliveries = Deliveries(b2b.runtime)
    place(shop, midwest)
    deliveries.record([refused(one, 410) for one in claim(deliveries)])
    missed = place(shop, midwest, 2)
    woken = []
    b2b.runtime.wake_deliveries.append(lambda: woken.append(1))

    enabled = shop.webhooks.update(endpoint.id, status="enabled")

    assert (enabled.disabled_reason, enabled.failing_since) == (None, None)
    assert woken == [1]
    released = list(shop.webhooks.deliveries(endpoint.id, status="pending"))
    assert {one.event_id for one in released} == set(missed)


def test_held_deliveries_are_released_at_a_bounded_rate(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, clock: FakeClock
) -> None:
    endpoint = hook(shop)
    place(shop, midwest, 25)
    shop.webhooks.update(endpoint.id, status="disabled")
    shop.webhooks.update(endpoint.id, status="enabled")
    deliveries = Deliveries(b2b.runtime)

    def claim_all_due() -> int:
        count = 0
        while claims := claim(deliveries):
            count += len(claims)
            deliveries.record([ok(one) for one in claims])
        return count

    at_once = claim_all_due()
    clock.advance(0.999)
    within_a_second = claim_all_due()
    clock.advance(1)

    assert (at_once, at_once + within_a_second, claim_all_due()) == (1, 20, 5)


def test_enabling_what_is_enabled_releases_nothing_early(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer
) -> None:
    endpoint = hook(shop)
    deliveries = Deliveries(b2b.runtime)
    place(shop, midwest)
    deliveries.record([refused(one) for one in claim(deliveries)])

    shop.webhooks.update(endpoint.id, status="enabled")

    assert claim(deliveries) == []


def test_another_change_leaves_it_disabled_for_the_same_reason(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer
) -> None:
    endpoint = hook(shop)
    deliveries = Deliveries(b2b.runtime)
    place(shop, midwest)
    deliveries.record([refused(one, 410) for one in claim(deliveries)])

    changed = shop.webhooks.update(endpoint.id, url="https://new.example.com/hook")

    assert (changed.status, changed.disabled_reason) == ("disabled", "gone")
    assert changed.failing_since == "2026-03-15T14:32:07Z"


def test_a_removed_endpoint_is_gone_and_gets_nothing_more(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer
) -> None:
    endpoint = hook(shop)
    place(shop, midwest)

    shop.webhooks.delete(endpoint.id)
    place(shop, midwest)

    assert list(shop.webhooks.iterate()) == []
    with pytest.raises(NotFound):
        shop.webhooks.get(endpoint.id)
    assert claim(Deliveries(b2b.runtime)) == []


def test_a_disabled_endpoint_can_be_neither_tested_nor_replayed_to(
    shop: Workspace, midwest: Customer
) -> None:
    endpoint = hook(shop)
    place(shop, midwest)
    (delivery,) = shop.webhooks.deliveries(endpoint.id)
    shop.webhooks.update(endpoint.id, status="disabled")

    with pytest.raises(EndpointDisabled):
        shop.webhooks.test(endpoint.id)
    with pytest.raises(EndpointDisabled):
        shop.webhooks.replay(endpoint.id, since="2026-03-01T00:00:00Z")
    with pytest.raises(EndpointDisabled):
        shop.webhooks.redeliver(delivery.id)


def test_a_stranger_finds_and_changes_nothing(
    shop: Workspace, stranger: Workspace, midwest: Customer
) -> None:
    endpoint = hook(shop)
    place(shop, midwest)
    (delivery,) = shop.webhooks.deliveries(endpoint.id)

    for endpoint_id in (endpoint.id, NOBODY):
        for ask in (
            stranger.webhooks.get,
            stranger.webhooks.update,
            stranger.webhooks.delete,
            stranger.webhooks.rotate_secret,
            stranger.webhooks.secret,
            stranger.webhooks.test,
            stranger.webhooks.deliveries,
        ):
            with pytest.raises(NotFound):
                ask(endpoint_id)
        with pytest.raises(NotFound):
            stranger.webhooks.replay(endpoint_id, since="2026-03-01")
    for delivery_id in (delivery.id, NOBODY):
        with pytest.raises(NotFound):
            stranger.webhooks.delivery(delivery_id)
        with pytest.raises(NotFound):
            stranger.webhooks.redeliver(delivery_id)
    assert list(stranger.webhooks.iterate()) == []
    assert shop.webhooks.secret(endpoint.id) == endpoint.secret
