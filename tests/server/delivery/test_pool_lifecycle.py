"""Starting after a crash, stopping without loss, and trouble in between."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.services.deliveries import LEASE_MS, Deliveries, Result
from expressb2b_server.delivery import DeliveryPool, Outcome, OutgoingRequest
from tests.core.services.delivery_builders import buyer, claim, hook, place
from tests.receivers import LIMIT_SECONDS, wait_until
from tests.server.delivery.conftest import ManualClock
from tests.server.delivery.delivered import (
    attempts_of,
    delivery_threads,
    statuses,
    wait_for_status,
)
from tests.server.delivery.fake_sender import OK, FakeSender


def test_stopping_lets_what_is_in_flight_finish_and_starts_nothing_more(
    b2b: ExpressB2B, shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    fake.hold("//a.")
    endpoint = hook(shop)
    running = pool()
    place(shop, buyer(shop), 5)
    fake.wait_for(2)
    stopping = threading.Thread(target=running.stop)
    stopping.start()
    wait_until(lambda: b2b.runtime.wake_deliveries == [])

    fake.let_go()
    stopping.join()

    assert len(fake.requests) == 2
    assert sorted(statuses(shop, endpoint.id)) == ["pending"] * 3 + ["succeeded"] * 2
    wait_until(lambda: delivery_threads() == [])


def test_stopping_does_not_wait_longer_than_its_deadline(
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake.hold("//a.")
    endpoint = hook(shop)
    running = pool()
    place(shop, buyer(shop))
    fake.wait_for(1)

    running.stop(deadline_seconds=0.05)

    assert "deliveries were still in flight when the time to stop was over" in caplog.messages
    assert statuses(shop, endpoint.id) == ["pending"]
    wait_until(lambda: "delivery" not in delivery_threads())


def test_a_stopped_pool_is_not_woken_any_more(
    b2b: ExpressB2B, shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    hook(shop)
    running = pool()
    running.stop()
    running.stop()

    place(shop, buyer(shop))

    assert b2b.runtime.wake_deliveries == []
    assert fake.requests == []
    with pytest.raises(RuntimeError, match="once"):
        running.start()


def test_a_pool_is_a_context_manager(b2b: ExpressB2B, shop: Workspace, fake: FakeSender) -> None:
    endpoint = hook(shop)
    place(shop, buyer(shop))

    with DeliveryPool(b2b.runtime, fake):
        fake.wait_for(1)

    assert statuses(shop, endpoint.id) == ["succeeded"]
    wait_until(lambda: delivery_threads() == [])


def test_a_pool_needs_workers(b2b: ExpressB2B, fake: FakeSender) -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        DeliveryPool(b2b.runtime, fake, workers=0)


def test_the_only_pool_takes_over_at_once_what_a_crash_left_leased(
    b2b: ExpressB2B, shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    endpoint = hook(shop)
    place(shop, buyer(shop))
    claim(Deliveries(b2b.runtime))  # by a process that is no more

    pool(is_only_pool=True)

    wait_for_status(shop, endpoint.id, "succeeded")


def test_one_of_several_pools_waits_for_the_leases_of_others(
    b2b: ExpressB2B,
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    clock: ManualClock,
) -> None:
    hook(shop)
    midwest = buyer(shop)
    (leased,) = place(shop, midwest)
    claim(Deliveries(b2b.runtime))
    running = pool()
    (free,) = place(shop, midwest)
    assert fake.wait_for(1)[0].headers["webhook-id"] == free

    clock.advance(LEASE_MS / 1000)
    running.wake()

    assert fake.wait_for(2)[1].headers["webhook-id"] == leased


def test_a_result_is_kept_while_the_database_is_away(
    b2b: ExpressB2B,
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    endpoint = hook(shop)
    fake.hold("//a.")
    running = pool()
    place(shop, buyer(shop))
    fake.wait_for(1)
    refusals = []

    def refuse(work: object) -> None:
        refusals.append(work)
        raise StorageUnavailable("The database is busy; nothing was changed.")

    with monkeypatch.context() as patch:
        patch.setattr(
            type(b2b.runtime.database), "write", lambda database, work, **how: refuse(work)
        )
        fake.let_go()
        wait_until(lambda: len(refusals) >= 1)
        running.wake()
        wait_until(lambda: len(refusals) >= 2)

    running.wake()
    wait_for_status(shop, endpoint.id, "succeeded")
    assert len(fake.requests) == 1
    assert sum("deliveries wait for the database" in text for text in caplog.messages) == 1


def test_a_result_that_cannot_be_recorded_does_not_hold_up_the_others(
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad, good = hook(shop, "bad"), hook(shop, "good")
    fake.hold("//good.")
    record = Deliveries._record
    refused = threading.Event()

    def poisoned(deliveries: Deliveries, results: list[Result]) -> object:
        if any(result.claim.endpoint_id == bad.id for result in results):
            refused.set()
            raise ZeroDivisionError
        return record(deliveries, results)

    monkeypatch.setattr(Deliveries, "_record", poisoned)
    running = pool()
    midwest = buyer(shop)
    place(shop, midwest)
    assert refused.wait(LIMIT_SECONDS)
    fake.let_go()
    wait_for_status(shop, good.id, "succeeded")
    monkeypatch.undo()
    place(shop, midwest)
    running.wake()

    wait_for_status(shop, good.id, "succeeded", "succeeded")
    assert "recording and claiming deliveries failed" in caplog.text


def test_a_mistake_in_one_delivery_is_a_failure_of_that_one(
    shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    bad, good = hook(shop, "bad"), hook(shop, "good")

    def answer(request: OutgoingRequest) -> Outcome:
        if "//bad." in request.url:
            raise ZeroDivisionError
        return OK

    fake.answer = answer
    pool(workers=1)
    place(shop, buyer(shop), 2)

    wait_for_status(shop, good.id, "succeeded", "succeeded")
    wait_until(lambda: attempts_of(shop, bad.id) == 2)
    (first, _) = shop.webhooks.deliveries(bad.id)
    assert shop.webhooks.delivery(first.id).attempts[0]["error"] == "internal_error"
    assert first.status == "pending"
