"""No endpoint and no workspace holds up another; nothing is sent twice at once."""

from __future__ import annotations

from collections.abc import Callable

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services.deliveries import LEASE_MS, Deliveries
from expressb2b_server.delivery import DeliveryPool
from expressb2b_server.delivery.lanes import SLOW_SECONDS
from tests.core.services.delivery_builders import buyer, hook, next_due_at_ms, place
from tests.receivers import wait_until
from tests.server.delivery.conftest import ManualClock
from tests.server.delivery.delivered import (
    attempts_of,
    statuses,
    wait_for_status,
)
from tests.server.delivery.fake_sender import OK, TIMED_OUT, FakeSender


def test_an_endpoint_has_two_in_flight_at_most(
    shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    fake.hold("//a.")
    endpoint = hook(shop, "a")
    pool(workers=8)
    place(shop, buyer(shop), 6)
    fake.wait_for(2)
    fake.let_go()

    fake.wait_for(6)

    assert fake.most_in_flight["https://a.example.com/hook"] == 2
    wait_for_status(shop, endpoint.id, *["succeeded"] * 6)


def test_a_receiver_that_hangs_delays_nobody_else(
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
) -> None:
    fake.hold("//hanging.")
    hanging = hook(shop, "hanging")
    others = [hook(shop, f"ok{number}") for number in range(3)]
    pool(workers=3, slow_workers=1)
    midwest = buyer(shop)

    for _ in range(5):
        place(shop, midwest)

    assert len(fake.wait_for(15, "//ok")) == 15
    for endpoint in others:
        wait_for_status(shop, endpoint.id, *["succeeded"] * 5)
    assert statuses(shop, hanging.id) == ["pending"] * 5
    assert fake.in_flight["https://hanging.example.com/hook"] == 2


def test_receivers_that_all_begin_to_hang_make_room_for_the_others(
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    clock: ManualClock,
) -> None:
    fake.hold("//hanging")
    for number in range(3):
        hook(shop, f"hanging{number}")
    midwest = buyer(shop)
    place(shop, midwest)
    running = pool(workers=3, slow_workers=1)
    fake.wait_for(3, "//hanging")
    hook(shop, "ok")
    place(shop, midwest)
    running.wake()
    assert not fake.in_flight["https://ok.example.com/hook"]

    clock.advance(SLOW_SECONDS + 1)
    running.wake()

    fake.wait_for(1, "//ok.")
    assert len(fake.wait_for(3, "//hanging")) == 3


def test_an_endpoint_that_timed_out_waits_for_the_slow_lane(
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    clock: ManualClock,
) -> None:
    fake.answer = lambda request: TIMED_OUT if "//slow" in request.url else OK
    slow = [hook(shop, f"slow{number}") for number in range(4)]
    midwest = buyer(shop)
    running = pool(workers=4, slow_workers=1)
    place(shop, midwest)
    fake.wait_for(4, "//slow")
    for endpoint in slow:
        wait_until(lambda: attempts_of(shop, endpoint.id) == 1)  # noqa: B023
    fake.hold("//slow")

    clock.advance(6)
    running.wake()
    fake.wait_for(5, "//slow")
    hook(shop, "ok")
    place(shop, midwest)
    fake.wait_for(1, "//ok")

    assert sum(fake.in_flight[f"https://slow{number}.example.com/hook"] for number in range(4)) == 1


def test_a_long_queue_of_one_workspace_does_not_hold_up_another(
    b2b: ExpressB2B, shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    for number in range(4):
        hook(shop, f"busy{number}")
    place(shop, buyer(shop), 20)
    small = b2b.create_workspace("small")
    hook(small, "small")
    place(small, buyer(small))

    pool(workers=2)

    urls = [request.url for request in fake.wait_for(81)]
    assert urls.index("https://small.example.com/hook") < 10


def test_the_same_delivery_is_never_in_flight_twice(
    b2b: ExpressB2B,
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    clock: ManualClock,
) -> None:
    fake.hold("//a.")
    endpoint = hook(shop)
    running = pool(workers=4)
    place(shop, buyer(shop))
    fake.wait_for(1)

    clock.advance(LEASE_MS / 1000 + 1)  # the machine slept: the lease is over, the worker is not
    running.wake()
    (delivery,) = shop.webhooks.deliveries(endpoint.id)
    wait_until(lambda: next_due_at_ms(Deliveries(b2b.runtime)) == clock.now_ms() + LEASE_MS)
    shop.webhooks.redeliver(delivery.id)
    fake.let_go()
    wait_for_status(shop, endpoint.id, "succeeded")

    assert fake.overlaps == []
    assert len(fake.requests) == 1


def test_two_pools_on_one_database_share_the_work_and_nothing_is_sent_twice(
    b2b: ExpressB2B, shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    hooks = [hook(shop, f"h{number}") for number in range(4)]
    pool(workers=2)
    pool(workers=2)

    place(shop, buyer(shop), 10)

    for endpoint in hooks:
        wait_for_status(shop, endpoint.id, *["succeeded"] * 10)
    assert len(fake.requests) == 40
    assert fake.overlaps == []
