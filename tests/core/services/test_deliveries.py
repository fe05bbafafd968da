"""The queue behind the pool: what is due, claimed once, under a lease, in everybody's turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.rules import signing
from expressb2b_core.services.deliveries import (
    LEASE_MS,
    RETENTION_SECONDS,
    Deliveries,
    Waiting,
)
from tests.builders import Customer
from tests.clocks import FakeClock
from tests.core.services.delivery_builders import (
    all_of,
    buyer,
    claim,
    hook,
    next_due_at_ms,
    ok,
    place,
    refused,
)

LEASE_SECONDS = LEASE_MS // 1000


@pytest.fixture
def deliveries(b2b: ExpressB2B) -> Deliveries:
    return Deliveries(b2b.runtime, (5, 60))


@pytest.fixture
def midwest(shop: Workspace) -> Customer:
    return buyer(shop)


def test_a_claim_is_all_that_an_attempt_needs(
    shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    endpoint = hook(shop, "a")
    (event_id,) = place(shop, midwest)

    (found,) = claim(deliveries)

    assert found.endpoint_id == endpoint.id
    assert found.workspace_id == shop.scope.workspace_id
    assert found.url == "https://a.example.com/hook"
    assert (found.event_id, found.event_type) == (event_id, "order.placed")
    assert found.body == shop.events.raw(event_id)
    assert found.version == "2026-03"
    assert list(found.secrets) == [endpoint.secret]
    assert (found.attempts, found.failures) == (0, 0)


def test_nothing_is_claimed_twice(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    hook(shop)
    place(shop, midwest)
    other = Deliveries(b2b.runtime)

    assert len(claim(deliveries)) == 1
    assert claim(deliveries) == []
    assert claim(other) == []


def test_an_order_that_was_refused_has_nothing_to_deliver(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    hook(shop)

    def work() -> None:
        place(shop, midwest)
        raise LookupError

    with pytest.raises(LookupError):
        b2b.runtime.database.write(work)

    assert next_due_at_ms(deliveries) is None
    assert claim(deliveries) == []


def test_deliveries_are_claimed_in_the_order_of_their_events(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    hook(shop)
    expected = []
    for _ in range(4):
        expected += place(shop, midwest)
        clock.advance(1)

    found = []
    while claims := claim(deliveries):
        found += [one.event_id for one in claims]
        deliveries.record([ok(one) for one in claims])

    assert found == expected


def test_who_chooses_sees_every_endpoint_that_waits(
    shop: Workspace, stranger: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    one, two, _ = hook(shop, "a"), hook(shop, "b"), hook(stranger, "c")
    place(shop, midwest)
    seen: list[Waiting] = []

    def choose(waiting: Sequence[Waiting]) -> Mapping[str, int]:
        seen[:] = waiting
        return {two.id: 1}

    (found,) = deliveries.turn(choose).claims

    due_at_ms = next_due_at_ms(deliveries)
    assert due_at_ms is not None
    assert sorted(seen, key=lambda waits: waits.endpoint_id) == [
        Waiting(one.id, shop.scope.workspace_id, due_at_ms, 0),
        Waiting(two.id, shop.scope.workspace_id, due_at_ms, 0),
    ]
    assert found.endpoint_id == two.id


def test_who_chooses_is_told_how_many_are_claimed_whoever_did(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    busy, idle = hook(shop, "a"), hook(shop, "b")
    place(shop, midwest, 4)
    deliveries.turn(lambda waiting: {busy.id: 1})
    clock.advance(1)
    Deliveries(b2b.runtime).turn(lambda waiting: {busy.id: 2})
    clock.advance(LEASE_SECONDS - 1)  # the first lease is over
    seen: list[Waiting] = []

    deliveries.turn(lambda waiting: seen.extend(waiting) or {})

    assert {one.endpoint_id: one.leased for one in seen} == {busy.id: 2, idle.id: 0}


def test_a_turn_says_when_there_is_something_to_claim_again(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    hook(shop)
    assert deliveries.turn(all_of).next_due_at_ms is None
    place(shop, midwest, 3)

    first = deliveries.turn(all_of)
    assert (first.next_due_at_ms, first.more_is_due) == (clock.now_ms(), True)
    assert first.later_in_ms is None
    second = deliveries.turn(all_of, [refused(one) for one in first.claims])

    assert second.next_due_at_ms is not None
    assert second.later_in_ms == second.next_due_at_ms - clock.now_ms()
    assert 4_500 <= second.next_due_at_ms - clock.now_ms() <= 5_500


def test_results_are_recorded_before_more_is_claimed(
    shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    hook(shop)
    place(shop, midwest, 4)

    first = deliveries.turn(all_of)
    second = deliveries.turn(all_of, [ok(one) for one in first.claims])

    assert len(second.claims) == 2
    assert {shop.webhooks.delivery(one.delivery_id).status for one in first.claims} == {"succeeded"}


def test_what_nobody_finished_is_due_again_at_the_leases_end(
    b2b: ExpressB2B,
    shop: Workspace,
    midwest: Customer,
    deliveries: Deliveries,
    clock: FakeClock,
) -> None:
    hook(shop)
    place(shop, midwest)
    (lost,) = claim(deliveries)
    other = Deliveries(b2b.runtime)

    clock.advance(LEASE_SECONDS - 1)
    assert claim(other) == []
    clock.advance(1)
    (found,) = claim(other)

    assert (found.delivery_id, found.body) == (lost.delivery_id, lost.body)


def test_who_lost_the_lease_can_record_nothing(
    b2b: ExpressB2B,
    shop: Workspace,
    midwest: Customer,
    deliveries: Deliveries,
    clock: FakeClock,
) -> None:
    hook(shop)
    place(shop, midwest)
    (lost,) = claim(deliveries)
    clock.advance(LEASE_SECONDS)
    claim(Deliveries(b2b.runtime))

    deliveries.record([ok(lost), refused(lost)])

    found = shop.webhooks.delivery(lost.delivery_id)
    assert (found.status, found.attempts) == ("pending", [])


def test_a_lease_that_lapsed_is_renewed_for_who_still_holds_it(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    hook(shop)
    place(shop, midwest)
    (first,) = claim(deliveries)
    clock.advance(LEASE_SECONDS)

    (again,) = claim(deliveries)
    deliveries.record([ok(first)])

    assert again == first
    assert shop.webhooks.delivery(first.delivery_id).status == "succeeded"


def test_a_result_is_recorded_once(
    shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    hook(shop)
    place(shop, midwest)
    (found,) = claim(deliveries)

    deliveries.record([ok(found)])
    deliveries.record([ok(found)])

    assert shop.webhooks.delivery(found.delivery_id).attempts_count == 1


def test_claims_given_back_are_due_at_once_and_count_no_attempt(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    hook(shop)
    place(shop, midwest)
    given_back = claim(deliveries)

    deliveries.give_back(given_back)

    assert claim(Deliveries(b2b.runtime)) == given_back


def test_only_own_claims_can_be_given_back(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    hook(shop)
    place(shop, midwest)
    held = claim(deliveries)

    Deliveries(b2b.runtime).give_back(held)

    assert claim(Deliveries(b2b.runtime)) == []


def test_the_only_process_ends_all_leases_at_its_start(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    hook(shop, "a")
    hook(shop, "b")
    place(shop, midwest)
    lost = claim(deliveries)
    restarted = Deliveries(b2b.runtime)

    assert restarted.release_leases() == 2
    assert {one.delivery_id for one in claim(restarted)} == {one.delivery_id for one in lost}


def test_disabled_and_deleted_endpoints_are_not_claimed(
    shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    disabled, deleted = hook(shop, "a"), hook(shop, "b")
    place(shop, midwest)
    shop.webhooks.update(disabled.id, status="disabled")
    shop.webhooks.delete(deleted.id)

    assert next_due_at_ms(deliveries) is None
    assert claim(deliveries) == []


def test_what_a_crash_left_leased_stays_held_while_its_endpoint_is_disabled(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    endpoint = hook(shop)
    place(shop, midwest)
    lost = claim(deliveries)
    shop.webhooks.update(endpoint.id, status="disabled")
    clock.advance(LEASE_SECONDS)
    assert claim(deliveries) == []

    shop.webhooks.update(endpoint.id, status="enabled")

    assert claim(deliveries) == lost


def test_during_a_rotation_both_secrets_sign_and_afterwards_one(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    old = hook(shop)
    new = shop.webhooks.rotate_secret(old.id)
    place(shop, midwest, 2)

    clock.advance(24 * 3600 - 1)
    first = claim(deliveries)
    deliveries.record([refused(one) for one in first])
    clock.advance(10)
    second = claim(deliveries)

    assert {tuple(one.secrets) for one in first} == {(new.secret, old.secret)}
    assert {tuple(one.secrets) for one in second} == {(new.secret,)}
    assert old.secret != new.secret


def test_secrets_are_derived_from_the_servers_secret(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, deliveries: Deliveries
) -> None:
    endpoint = hook(shop)
    place(shop, midwest)

    (found,) = claim(deliveries)

    assert list(found.secrets) == [signing.derive_secret(b2b.runtime.secret, endpoint.id, 1)]


def test_what_was_delivered_is_removed_after_thirty_days(
    b2b: ExpressB2B,
    shop: Workspace,
    midwest: Customer,
    deliveries: Deliveries,
    clock: FakeClock,
) -> None:
    endpoint = hook(shop)
    events = place(shop, midwest, 3)
    delivered, failing = claim(deliveries)
    deliveries.record([ok(delivered), refused(failing)])

    clock.advance(RETENTION_SECONDS)
    assert deliveries.prune() == 0
    clock.advance(1)

    assert deliveries.prune() == 1
    left = {one.event_id for one in shop.webhooks.deliveries(endpoint.id)}
    assert left == set(events) - {delivered.event_id}
    assert b2b.runtime.database.run_sql("SELECT COUNT(*) FROM delivery_attempts") == [(1,)]
    assert [event.id for event in shop.events.iterate()] == events


def test_pruning_goes_in_batches(
    shop: Workspace, midwest: Customer, deliveries: Deliveries, clock: FakeClock
) -> None:
    hook(shop)
    place(shop, midwest, 3)
    while claims := claim(deliveries):
        deliveries.record([ok(one) for one in claims])
    clock.advance(RETENTION_SECONDS + 1)

    assert [deliveries.prune(batch=2) for _ in range(3)] == [2, 1, 0]
