"""What came of attempts: tried again on schedule, given up, and how it tells on the endpoint."""

from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services.deliveries import Claim, Deliveries, Disabled
from tests.builders import Customer
from tests.clocks import FakeClock
from tests.core.services.delivery_builders import (
    FIVE_DAYS,
    buyer,
    claim,
    hook,
    next_due_at_ms,
    ok,
    place,
    refused,
)


@pytest.fixture
def deliveries(b2b: ExpressB2B) -> Deliveries:
    return Deliveries(b2b.runtime, (5, 300))


@pytest.fixture
def midwest(shop: Workspace) -> Customer:
    return buyer(shop)


def one_claim(deliveries: Deliveries) -> Claim:
    (found,) = claim(deliveries)
    return found


def test_a_success_is_final_and_leaves_its_attempt(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    hook(shop)
    place(shop, midwest)
    delivered = one_claim(deliveries)
    clock.advance(1)

    deliveries.record([ok(delivered, at=clock.now())])

    found = shop.webhooks.delivery(delivered.delivery_id)
    assert (found.status, found.next_attempt_at) == ("succeeded", None)
    assert found.finished_at == "2026-03-15T14:32:08Z"
    assert found.attempts == [
        {
            "at": "2026-03-15T14:32:08Z",
            "duration_ms": 12,
            "status": 200,
            "response": "ok",
            "error": None,
        }
    ]
    assert next_due_at_ms(deliveries) is None


def test_failures_follow_the_schedule_until_none_is_left(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    hook(shop)
    place(shop, midwest)
    waits = []
    while claims := claim(deliveries):
        deliveries.record([refused(one) for one in claims])
        due_at_ms = next_due_at_ms(deliveries)
        if due_at_ms is not None:
            waits.append((due_at_ms - clock.now_ms()) / 1000)
            clock.advance(waits[-1])

    (found,) = shop.webhooks.deliveries(next(iter(shop.webhooks.iterate())).id)
    assert [round(wait / step, 0) for wait, step in zip(waits, (5, 300), strict=True)] == [1, 1]
    assert (found.status, found.attempts_count) == ("failed", 3)
    assert found.finished_at is not None


def test_every_attempt_sends_the_same_bytes_and_id(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    hook(shop)
    place(shop, midwest)
    sent = []
    while claims := claim(deliveries):
        sent += claims
        deliveries.record([refused(one) for one in claims])
        clock.advance(400)

    assert len(sent) == 3
    assert len({(one.delivery_id, one.event_id, one.body) for one in sent}) == 1
    assert [(one.attempts, one.failures) for one in sent] == [(0, 0), (1, 1), (2, 2)]


def test_a_longer_retry_after_is_respected(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    hook(shop)
    place(shop, midwest)

    deliveries.record([refused(one_claim(deliveries), 503, retry_after_seconds=120)])

    assert next_due_at_ms(deliveries) == clock.now_ms() + 120_000


def test_gone_fails_at_once_disables_the_endpoint_and_holds_the_rest(
    shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    endpoint = hook(shop)
    place(shop, midwest, 3)
    first, second = claim(deliveries)

    disabled = deliveries.record([refused(first, 410), refused(second)])

    assert disabled == [Disabled(endpoint.id, "gone")]
    found = shop.webhooks.get(endpoint.id)
    assert (found.status, found.disabled_reason) == ("disabled", "gone")
    assert shop.webhooks.delivery(first.delivery_id).status == "failed"
    assert shop.webhooks.delivery(second.delivery_id).status == "pending"
    assert next_due_at_ms(deliveries) is None


def test_five_days_without_one_success_disable_the_endpoint(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    endpoint = hook(shop)
    place(shop, midwest)
    deliveries.record([refused(one_claim(deliveries))])

    clock.advance(FIVE_DAYS - 1)
    almost = deliveries.record([refused(one_claim(deliveries))])
    place(shop, midwest)
    clock.advance(1)
    now = deliveries.record([refused(one_claim(deliveries))])

    assert (almost, now) == ([], [Disabled(endpoint.id, "failing")])
    assert shop.webhooks.get(endpoint.id).disabled_reason == "failing"


def test_a_success_begins_the_five_days_anew(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    endpoint = hook(shop)
    place(shop, midwest, 2)
    first, second = claim(deliveries)
    deliveries.record([refused(first)])
    assert shop.webhooks.get(endpoint.id).failing_since == "2026-03-15T14:32:07Z"
    clock.advance(60)
    deliveries.record([ok(second)])
    clock.advance(FIVE_DAYS)

    disabled = deliveries.record([refused(one_claim(deliveries))])

    assert disabled == []
    assert shop.webhooks.get(endpoint.id).failing_since == "2026-03-20T14:33:07Z"


def test_success_and_failure_together_leave_the_endpoint_failing_since_now(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    endpoint = hook(shop)
    place(shop, midwest, 3)
    first, second = claim(deliveries)
    deliveries.record([refused(first)])
    clock.advance(FIVE_DAYS)
    third = next(one for one in claim(deliveries) if one.delivery_id != second.delivery_id)

    disabled = deliveries.record([ok(third), refused(second)])

    assert disabled == []
    assert shop.webhooks.get(endpoint.id).failing_since == "2026-03-20T14:32:07Z"


def test_health_is_noted_once_a_minute_while_it_stays_the_same(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    endpoint = hook(shop)
    noted = []
    for _ in range(3):
        place(shop, midwest)
        deliveries.record([ok(one_claim(deliveries))])
        noted.append(shop.webhooks.get(endpoint.id).last_success_at)
        clock.advance(30)

    assert noted == ["2026-03-15T14:32:07Z", "2026-03-15T14:32:07Z", "2026-03-15T14:33:07Z"]


def test_what_was_in_flight_when_its_endpoint_was_disabled_is_held_if_it_failed(
    shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    endpoint = hook(shop)
    place(shop, midwest, 2)
    first, second = claim(deliveries)
    shop.webhooks.update(endpoint.id, status="disabled")

    deliveries.record([ok(first), refused(second)])

    assert shop.webhooks.delivery(first.delivery_id).status == "succeeded"
    held = shop.webhooks.delivery(second.delivery_id)
    assert (held.status, held.next_attempt_at) == ("pending", None)
    assert next_due_at_ms(deliveries) is None
    assert shop.webhooks.get(endpoint.id).disabled_reason == "owner"


def test_what_was_in_flight_when_its_endpoint_was_deleted_is_not_tried_again(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    endpoint = hook(shop)
    place(shop, midwest)
    in_flight = one_claim(deliveries)
    shop.webhooks.delete(endpoint.id)

    deliveries.record([refused(in_flight)])
    clock.advance(600)

    assert claim(deliveries) == []


def test_results_of_many_endpoints_are_recorded_together(
    shop: Workspace, stranger: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    hooks = [hook(shop, f"h{number}") for number in range(20)]
    other = hook(stranger)
    place(shop, midwest, 2)
    place(stranger, buyer(stranger))
    claims = claim(deliveries)

    deliveries.record([ok(one) for one in claims])

    assert len(claims) == 41
    statuses = [one.status for each in hooks for one in shop.webhooks.deliveries(each.id)]
    statuses += [one.status for one in stranger.webhooks.deliveries(other.id)]
    assert statuses == ["succeeded"] * 41
