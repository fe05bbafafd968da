"""The pool with a database on disk, the machine's clock and real receivers."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from expressb2b_core import ExpressB2B, Workspace, verify_webhook
from expressb2b_core.runtime import SystemClock
from expressb2b_core.services.deliveries import Deliveries, Result, Turn
from expressb2b_server.delivery import DeliveryPool
from tests import postgres
from tests.core.services.delivery_builders import buyer, hook, place
from tests.receivers import Reply, wait_until
from tests.server.delivery.delivered import (
    statuses,
    wait_for_status,
)
from tests.server.delivery.fake_sender import REFUSED, FakeSender


def test_what_arrives_is_accepted_by_third_party_verifiers(
    on_disk: ExpressB2B, sender, receiver
) -> None:
    shop = on_disk.workspace()
    arriving = receiver()
    endpoint = hook(shop, url=arriving.url, description="é")
    rotated = shop.webhooks.rotate_secret(endpoint.id)
    with DeliveryPool(on_disk.runtime, sender()):
        (event_id,) = place(shop, buyer(shop))
        (request,) = arriving.wait_for(1)

    assert request.body == shop.events.raw(event_id)
    assert b"Chicago \xe2\x80\x94 Loop" in request.body
    for secret in (endpoint.secret, rotated.secret):
        assert Webhook(secret).verify(request.body, request.headers)["id"] == event_id
        verify_webhook(secret, request.headers, request.body)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-expressb2b-event"] == "order.placed"
    assert statuses(shop, endpoint.id) == ["succeeded"]


def test_a_receiver_that_comes_back_gets_everything_within_a_step(
    on_disk: ExpressB2B, sender, receiver
) -> None:
    shop = on_disk.workspace()
    arriving = receiver(Reply(503))
    endpoint = hook(shop, url=arriving.url)
    with DeliveryPool(on_disk.runtime, sender(), steps_seconds=[0.05] * 100):
        events = place(shop, buyer(shop), 6)
        arriving.wait_for(20)
        arriving.answer = Reply(200)
        wait_for_status(shop, endpoint.id, *["succeeded"] * 6)

    bodies: dict[str, set[bytes]] = {}
    for request in arriving.requests:
        bodies.setdefault(request.headers["webhook-id"], set()).add(request.body)
    assert set(bodies) == set(events)
    assert all(len(same) == 1 for same in bodies.values())
    (delivery, *_) = shop.webhooks.deliveries(endpoint.id)
    attempts = shop.webhooks.delivery(delivery.id).attempts
    assert [one["status"] for one in attempts[-2:]] == [503, 200]


def test_a_retry_comes_at_its_moment_and_not_with_the_next_poll(
    on_disk: ExpressB2B, fake: FakeSender
) -> None:
    shop = on_disk.workspace()
    hook(shop)
    fake.answer = REFUSED
    with DeliveryPool(on_disk.runtime, fake, steps_seconds=[0.01] * 30):
        place(shop, buyer(shop))

        fake.wait_for(20)  # which would take 20 seconds, with one poll for each


def test_a_retry_comes_at_its_moment_while_others_have_to_wait_for_room(
    on_disk: ExpressB2B, fake: FakeSender
) -> None:
    shop = on_disk.workspace()
    hook(shop, "hanging")
    hook(shop, "failing")
    fake.hold("//hanging")
    fake.answer = REFUSED
    with DeliveryPool(on_disk.runtime, fake, steps_seconds=[0.01] * 30):
        place(shop, buyer(shop), 3)

        fake.wait_for(60, "//failing")  # with a poll for every three, it would take 20 seconds
        fake.let_go()


def test_what_another_process_commits_is_found_without_being_woken(
    on_disk: ExpressB2B, tmp_path: Path, fake: FakeSender
) -> None:
    shop = on_disk.workspace()
    hook(shop)
    with (
        DeliveryPool(on_disk.runtime, fake),
        ExpressB2B(f"sqlite:///{tmp_path}/shop.db") as other,
    ):
        place(other.workspace(), buyer(other.workspace()))

        fake.wait_for(1)


def test_the_pool_closes_the_connection_of_its_thread(
    on_disk: ExpressB2B, fake: FakeSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = on_disk.workspace()
    hook(shop)
    closed = []
    close_thread = type(on_disk.runtime.database).close_thread

    def noting(database: object) -> None:
        close_thread(on_disk.runtime.database)
        closed.append(
            (threading.current_thread().name, on_disk.runtime.database.peewee.is_closed())
        )

    monkeypatch.setattr(type(on_disk.runtime.database), "close_thread", noting)
    with DeliveryPool(on_disk.runtime, fake):
        place(shop, buyer(shop))
        fake.wait_for(1)

    assert closed == [("delivery", True)]
    assert not on_disk.runtime.database.peewee.is_closed()


def test_while_nothing_happens_the_database_is_asked_once_a_second(
    on_disk: ExpressB2B, fake: FakeSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    clock = SystemClock()
    monkeypatch.setattr(
        Deliveries,
        "turn",
        lambda *_: asked.append(clock.monotonic_ns()) or Turn((), (), None),
    )

    with DeliveryPool(on_disk.runtime, fake):
        wait_until(lambda: len(asked) >= 3)

    waits = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert all(0.99e9 <= wait <= 3e9 for wait in waits)


def test_deliveries_recorded_together_cost_one_write(
    shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool], b2b: ExpressB2B,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    fake.hold("//")
    hooks = [hook(shop, f"h{number}") for number in range(8)]
    recorded: list[int] = []
    record = Deliveries._record

    def noting(deliveries: Deliveries, results: list[Result]) -> object:
        recorded.append(len(results))
        return record(deliveries, results)

    monkeypatch.setattr(Deliveries, "_record", noting)
    midwest = buyer(shop)
    place(shop, midwest, 3)
    pool(workers=8)
    fake.wait_for(8)
    recorded.clear()
    fake.let_go()

    for endpoint in hooks:
        wait_for_status(shop, endpoint.id, *["succeeded"] * 3)
    assert sum(recorded) == 24
    assert len(recorded) < 24


def test_two_nodes_on_postgresql_share_the_work_and_send_nothing_twice(
    postgres_server: postgres.Server, fake: FakeSender
) -> None:
    address = postgres_server.emptied()
    options = {"secret": b"a secret that all nodes share", "check_webhook_url": lambda url: None}
    with ExpressB2B(address, **options) as one, ExpressB2B(address, **options) as other:
        shop = one.workspace()
        hooks = [hook(shop, f"h{number}") for number in range(4)]
        with DeliveryPool(one.runtime, fake), DeliveryPool(other.runtime, fake):
            place(shop, buyer(shop), 15)
            for endpoint in hooks:
                wait_for_status(shop, endpoint.id, *["succeeded"] * 15)

    assert len(fake.requests) == 60
    assert fake.overlaps == []
