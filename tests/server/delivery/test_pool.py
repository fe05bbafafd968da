"""What is committed is sent, again on schedule where it failed, and recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services.deliveries import Deliveries, Turn
from expressb2b_server.delivery import DeliveryPool, Outcome
from tests.core.services.delivery_builders import buyer, hook, next_due_at_ms, place
from tests.receivers import wait_until
from tests.server.delivery.conftest import ManualClock
from tests.server.delivery.delivered import (
    attempts_of,
    statuses,
    wait_for_status,
)
from tests.server.delivery.fake_sender import OK, REFUSED, FakeSender

LOGGER = "expressb2b.delivery"


def test_what_is_committed_is_delivered_and_recorded(
    shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    endpoint = hook(shop)
    midwest = buyer(shop)
    pool()

    (event_id,) = place(shop, midwest)

    (request,) = fake.wait_for(1)
    assert request.url == "https://a.example.com/hook"
    assert request.body == shop.events.raw(event_id)
    wait_for_status(shop, endpoint.id, "succeeded")
    (delivery,) = shop.webhooks.deliveries(endpoint.id)
    assert request.headers["X-ExpressB2B-Delivery"] == delivery.id


def test_what_was_committed_before_the_start_is_delivered(
    shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    endpoint = hook(shop)
    events = place(shop, buyer(shop), 5)

    pool()

    assert {request.headers["webhook-id"] for request in fake.wait_for(5)} == set(events)
    wait_for_status(shop, endpoint.id, *["succeeded"] * 5)


def test_what_was_rolled_back_is_not_delivered(
    b2b: ExpressB2B, shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    hook(shop)
    midwest = buyer(shop)
    pool()

    def work() -> None:
        place(shop, midwest)
        raise LookupError

    with pytest.raises(LookupError):
        b2b.runtime.database.write(work)
    (event_id,) = place(shop, midwest)

    fake.wait_for(1)
    wait_until(lambda: next_due_at_ms(Deliveries(b2b.runtime)) is None)
    assert [request.headers["webhook-id"] for request in fake.requests] == [event_id]


def test_a_failure_is_tried_again_on_schedule_with_the_same_bytes_and_id(
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    clock: ManualClock,
) -> None:
    fake.answer = REFUSED
    endpoint = hook(shop)
    running = pool()
    place(shop, buyer(shop))
    for number, wait in enumerate((5.5, 66), start=1):
        fake.wait_for(number)
        wait_until(lambda: attempts_of(shop, endpoint.id) == number)  # noqa: B023
        clock.advance(wait)
        running.wake()

    wait_for_status(shop, endpoint.id, "failed")

    assert len(fake.requests) == 3
    assert len({request.body for request in fake.requests}) == 1
    for header in ("webhook-id", "X-ExpressB2B-Delivery"):
        assert len({request.headers[header] for request in fake.requests}) == 1
    assert len({request.headers["webhook-timestamp"] for request in fake.requests}) == 3


def test_what_becomes_due_while_a_turn_is_written_is_not_left_to_the_next_poll(
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turn = Deliveries.turn

    def slow_turn(deliveries: Deliveries, *args: Any) -> Turn:
        found = turn(deliveries, *args)
        clock.advance(0.2)
        return found

    monkeypatch.setattr(Deliveries, "turn", slow_turn)
    fake.answer = REFUSED
    hook(shop)
    pool(steps_seconds=(0.1,))

    place(shop, buyer(shop))

    fake.wait_for(2)


def test_a_delivery_that_fails_and_then_succeeds_is_over(
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    clock: ManualClock,
) -> None:
    fake.answer = REFUSED
    endpoint = hook(shop)
    running = pool()
    place(shop, buyer(shop))
    wait_until(lambda: attempts_of(shop, endpoint.id) == 1)
    fake.answer = OK
    clock.advance(6)
    running.wake()

    wait_for_status(shop, endpoint.id, "succeeded")
    clock.advance(1000)
    running.wake()
    running.stop()

    assert len(fake.requests) == 2


def test_a_receiver_is_left_alone_for_as_long_as_it_asks(
    b2b: ExpressB2B, shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    fake.answer = Outcome(False, 429, "", None, 5, retry_after_seconds=120)
    endpoint = hook(shop)
    pool()
    place(shop, buyer(shop))

    wait_until(lambda: attempts_of(shop, endpoint.id) == 1)

    (delivery,) = shop.webhooks.deliveries(endpoint.id)
    assert delivery.next_attempt_at == "2023-11-14T22:15:20Z"


def test_gone_disables_the_endpoint_and_says_so_in_the_log(
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake.answer = Outcome(False, 410, "", None, 5)
    endpoint = hook(shop)
    with caplog.at_level(logging.WARNING, LOGGER):
        running = pool()
        place(shop, buyer(shop))
        wait_for_status(shop, endpoint.id, "failed")
        running.stop()

    assert shop.webhooks.get(endpoint.id).disabled_reason == "gone"
    assert f"webhook endpoint {endpoint.id} was disabled: it answered 410 Gone" in caplog.messages


def test_what_was_held_is_delivered_after_enabling(
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    clock: ManualClock,
) -> None:
    fake.answer = Outcome(False, 410, "", None, 5)
    endpoint = hook(shop)
    midwest = buyer(shop)
    running = pool()
    place(shop, midwest)
    wait_for_status(shop, endpoint.id, "failed")
    missed = place(shop, midwest, 2)
    fake.answer = OK

    shop.webhooks.update(endpoint.id, status="enabled")
    clock.advance(1)
    running.wake()

    assert {request.headers["webhook-id"] for request in fake.wait_for(3)[1:]} == set(missed)


def test_redelivery_replay_and_test_events_are_sent_at_once(
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    clock: ManualClock,
) -> None:
    one, other = hook(shop, "a"), hook(shop, "b")
    pool()
    (event_id,) = place(shop, buyer(shop))
    wait_for_status(shop, one.id, "succeeded")
    wait_for_status(shop, other.id, "succeeded")
    (delivery,) = shop.webhooks.deliveries(one.id)

    shop.webhooks.redeliver(delivery.id)
    assert fake.wait_for(2, "//a.")[1].headers["webhook-id"] == event_id
    wait_for_status(shop, one.id, "succeeded")
    shop.webhooks.replay(one.id, since="2023-01-01")
    assert fake.wait_for(3, "//a.")[2].headers["webhook-id"] == event_id
    wait_for_status(shop, one.id, "succeeded")
    shop.webhooks.test(one.id)
    assert fake.wait_for(4, "//a.")[3].headers["X-ExpressB2B-Event"] == "webhook.test"
    wait_until(lambda: statuses(shop, one.id) == ["succeeded"] * 2)

    assert len(fake.wait_for(1, "//b.")) == 1
