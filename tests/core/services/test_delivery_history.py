"""Deliveries as people see them: listed, looked into, sent again one by one or by the period."""

from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import NotFound, Stale, ValidationFailed
from expressb2b_core.services.deliveries import Claim, Deliveries
from tests.builders import Customer
from tests.clocks import FakeClock
from tests.core.services.delivery_builders import buyer, claim, hook, ok, place, refused


@pytest.fixture
def deliveries(b2b: ExpressB2B) -> Deliveries:
    return Deliveries(b2b.runtime, (5,))


@pytest.fixture
def midwest(shop: Workspace) -> Customer:
    return buyer(shop)


def deliver_all(deliveries: Deliveries) -> list[Claim]:
    """Deliver what is due; what was claimed."""
    done: list[Claim] = []
    while claims := claim(deliveries):
        deliveries.record([ok(one) for one in claims])
        done += claims
    return done


def give_up(deliveries: Deliveries, clock: FakeClock) -> None:
    """Let everything that is due fail until it is given up."""
    while claims := claim(deliveries):
        deliveries.record([refused(one) for one in claims])
        clock.advance(6)


def test_a_delivery_shows_where_it_stands(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    endpoint = hook(shop)
    (event_id,) = place(shop, midwest)
    (queued,) = shop.webhooks.deliveries(endpoint.id)
    (in_flight,) = claim(deliveries)
    under_way = shop.webhooks.delivery(queued.id)
    deliveries.record([refused(in_flight, retry_after_seconds=60)])

    waiting = shop.webhooks.delivery(queued.id)

    assert queued.to_dict() == {
        "id": in_flight.delivery_id,
        "webhook_id": endpoint.id,
        "event_id": event_id,
        "event": "order.placed",
        "status": "pending",
        "attempts_count": 0,
        "next_attempt_at": "2026-03-15T14:32:07Z",
        "created_at": "2026-03-15T14:32:07Z",
        "finished_at": None,
    }
    assert under_way.next_attempt_at is None
    assert (waiting.attempts_count, waiting.next_attempt_at) == (1, "2026-03-15T14:33:07Z")
    assert [one["status"] for one in waiting.attempts] == [500]


def test_lists_go_from_the_newest_to_the_oldest_and_filter_by_status(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    endpoint, other = hook(shop, "a"), hook(shop, "b")
    events = []
    for _ in range(5):
        events += place(shop, midwest)
        clock.advance(1)
    first = [one for one in claim(deliveries) if one.endpoint_id == endpoint.id]
    deliveries.record([ok(first[0]), refused(first[1], 410)])

    page = shop.webhooks.deliveries(endpoint.id, per_page=3)
    rest = shop.webhooks.deliveries(endpoint.id, per_page=3, cursor=page.next_cursor)

    assert [one.event_id for one in (*page, *rest)] == events[::-1]
    assert (page.total, rest.next_cursor) == (5, None)
    totals = {
        status: shop.webhooks.deliveries(endpoint.id, status=status).total
        for status in ("pending", "succeeded", "failed")
    }
    assert totals == {"pending": 3, "succeeded": 1, "failed": 1}
    assert shop.webhooks.deliveries(other.id).total == 5


def test_redelivering_starts_a_new_round_of_attempts_with_the_same_bytes(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    hook(shop)
    place(shop, midwest)
    (delivered,) = deliver_all(deliveries)
    woken = []
    b2b.runtime.wake_deliveries.append(lambda: woken.append(1))

    queued = shop.webhooks.redeliver(delivered.delivery_id)
    (again,) = claim(deliveries)
    deliveries.record([refused(again)])
    clock.advance(6)
    (last,) = claim(deliveries)
    deliveries.record([refused(last)])

    assert (queued.id, queued.status) == (delivered.delivery_id, "pending")
    assert (queued.finished_at, queued.next_attempt_at) == (None, "2026-03-15T14:32:07Z")
    assert (again.event_id, again.body) == (delivered.event_id, delivered.body)
    assert woken == [1]
    found = shop.webhooks.delivery(delivered.delivery_id)
    assert (found.status, len(found.attempts)) == ("failed", 3)


def test_redelivering_what_has_changed_since_it_was_read_is_stale(
    shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    endpoint = hook(shop)
    place(shop, midwest)
    (listed,) = shop.webhooks.deliveries(endpoint.id)
    read = shop.webhooks.delivery(listed.id)
    deliver_all(deliveries)

    with pytest.raises(Stale):
        shop.webhooks.redeliver(read.id, if_match=frozenset([read.etag]))

    assert shop.webhooks.delivery(read.id).status == "succeeded"


@pytest.mark.parametrize("until", ["2026-03-14", "2026-03-15T11:59:59Z"])
def test_period_that_ends_before_it_begins_is_refused(shop: Workspace, until: str) -> None:
    endpoint = hook(shop)

    with pytest.raises(ValidationFailed) as refused_period:
        shop.webhooks.replay(endpoint.id, since="2026-03-15T12:00:00Z", until=until)

    assert [error.pointer for error in refused_period.value.errors] == ["/since"]


def test_what_is_given_up_can_be_redelivered(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    endpoint = hook(shop)
    place(shop, midwest)
    give_up(deliveries, clock)
    (failed,) = shop.webhooks.deliveries(endpoint.id, status="failed")

    shop.webhooks.redeliver(failed.id)
    deliver_all(deliveries)

    assert shop.webhooks.delivery(failed.id).status == "succeeded"


def test_redelivering_what_is_in_flight_does_not_send_it_twice_at_once(
    shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    hook(shop)
    place(shop, midwest)
    (in_flight,) = claim(deliveries)

    shop.webhooks.redeliver(in_flight.delivery_id)

    assert claim(deliveries) == []
    deliveries.record([ok(in_flight)])
    assert shop.webhooks.delivery(in_flight.delivery_id).status == "succeeded"


def test_redelivering_what_waits_for_a_retry_sends_it_now(
    shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    hook(shop)
    place(shop, midwest)
    deliveries.record([refused(one) for one in claim(deliveries)])
    (waiting,) = shop.webhooks.deliveries(next(iter(shop.webhooks.iterate())).id)

    shop.webhooks.redeliver(waiting.id)

    assert [one.delivery_id for one in claim(deliveries)] == [waiting.id]


def test_what_a_removed_endpoint_was_sent_can_be_read_but_not_sent_again(
    shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    endpoint = hook(shop)
    place(shop, midwest)
    (delivered,) = deliver_all(deliveries)
    shop.webhooks.delete(endpoint.id)

    assert shop.webhooks.delivery(delivered.delivery_id).status == "succeeded"
    with pytest.raises(NotFound):
        shop.webhooks.redeliver(delivered.delivery_id)


def test_a_replay_sends_a_periods_events_again_in_their_order(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    endpoint = hook(shop)
    events = []
    for _ in range(4):
        events += place(shop, midwest)
        clock.advance(60)
    deliver_all(deliveries)

    queued = shop.webhooks.replay(
        endpoint.id, since="2026-03-15T14:33:07Z", until="2026-03-15T14:35:07Z"
    )
    clock.advance(1)

    assert queued == 2
    assert [one.event_id for one in deliver_all(deliveries)] == events[1:3]


def test_a_replay_sends_what_the_endpoint_was_never_sent(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    before = place(shop, midwest)
    endpoint = hook(shop, events=["order.placed"])
    sent = place(shop, midwest)
    deliver_all(deliveries)
    shop.webhooks.update(endpoint.id, status="disabled")
    missed = place(shop, midwest)
    shop.orders.cancel(shop.events.get(missed[0]).data["order_id"], reason="no")
    shop.webhooks.update(endpoint.id, status="enabled")
    woken = []
    b2b.runtime.wake_deliveries.append(lambda: woken.append(1))

    queued = shop.webhooks.replay(endpoint.id, since="2026-03-15")
    clock.advance(1)

    assert queued == 3
    assert woken
    again = deliver_all(deliveries)
    assert sorted(one.event_id for one in again) == sorted(before + sent + missed)
    assert all(one.body == shop.events.raw(one.event_id) for one in again)


def test_a_replay_of_failures_leaves_the_rest_alone(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    place(shop, midwest)
    endpoint = hook(shop)
    delivered = place(shop, midwest)
    deliver_all(deliveries)
    failed = place(shop, midwest, 2)
    give_up(deliveries, clock)

    queued = shop.webhooks.replay(endpoint.id, since="2026-03-15", failed_only=True)
    clock.advance(1)

    assert queued == 2
    assert [one.event_id for one in deliver_all(deliveries)] == failed
    assert delivered[0] not in failed


def test_a_replay_leaves_what_is_under_way_alone(
    shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    endpoint = hook(shop)
    place(shop, midwest, 2)
    claim(deliveries)

    assert shop.webhooks.replay(endpoint.id, since="2026-03-15") == 0


def test_a_replay_starts_at_a_bounded_rate(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    place(shop, midwest, 5)
    endpoint = hook(shop)
    place(shop, midwest, 25)
    deliver_all(deliveries)

    assert shop.webhooks.replay(endpoint.id, since="2026-03-15") == 30
    at_once = len(deliver_all(deliveries))
    clock.advance(1)
    next_second = len(deliver_all(deliveries))
    clock.advance(1)

    assert (at_once, next_second, len(deliver_all(deliveries))) == (1, 20, 9)


def test_test_events_are_not_replayed(
    shop: Workspace, deliveries: Deliveries, midwest: Customer
) -> None:
    endpoint = hook(shop)
    shop.webhooks.test(endpoint.id)
    deliver_all(deliveries)

    assert shop.webhooks.replay(endpoint.id, since="2026-03-15") == 0


def test_a_replay_names_every_field_that_needs_attention(shop: Workspace) -> None:
    endpoint = hook(shop)

    with pytest.raises(ValidationFailed) as refusal:
        shop.webhooks.replay(endpoint.id, since="yesterday", until=7)  # type: ignore[arg-type]
    with pytest.raises(ValidationFailed) as missing:
        shop.webhooks.replay(endpoint.id)

    assert {error.pointer for error in refusal.value.errors} == {"/since", "/until"}
    assert [error.pointer for error in missing.value.errors] == ["/since"]
