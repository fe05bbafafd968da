"""Receivers that answer at once are sent many on one claim, and nobody is worse off for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services.deliveries import Deliveries
from expressb2b_core.services.webhook_documents import WebhookEndpoint
from expressb2b_server.delivery import DeliveryPool, Outcome
from expressb2b_server.delivery.lanes import LONGEST_SERIES, SLOW_SECONDS
from tests.core.services.delivery_builders import buyer, hook, place
from tests.receivers import wait_until
from tests.server.delivery.conftest import ManualClock
from tests.server.delivery.delivered import attempts_of, statuses, wait_for_status
from tests.server.delivery.fake_sender import OK, FakeSender

URL = "https://a.example.com/hook"


def known_to_be_quick(shop: Workspace, running: DeliveryPool) -> WebhookEndpoint:
    """An endpoint that has answered at once, and nothing waits for."""
    endpoint = hook(shop)
    place(shop, buyer(shop))
    running.wake()
    wait_for_status(shop, endpoint.id, "succeeded")
    return endpoint


def many_at_once(b2b: ExpressB2B, shop: Workspace, count: int) -> None:
    """Events that are committed, and so become due, at the same moment."""
    midwest = buyer(shop)
    b2b.runtime.database.write(lambda: place(shop, midwest, count))


def test_many_are_claimed_and_recorded_together(
    b2b: ExpressB2B,
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint = known_to_be_quick(shop, pool())
    claimed: list[int] = []
    turn = Deliveries.turn

    def counted(deliveries: Deliveries, *args: object) -> object:
        found = turn(deliveries, *args)  # type: ignore[arg-type]
        claimed.append(len(found.claims))
        return found

    monkeypatch.setattr(Deliveries, "turn", counted)
    many_at_once(b2b, shop, LONGEST_SERIES)

    wait_for_status(shop, endpoint.id, *["succeeded"] * (LONGEST_SERIES + 1))
    assert max(claimed) == LONGEST_SERIES
    assert fake.most_in_flight[URL] == 1


def test_a_receiver_that_begins_to_hang_keeps_one_delivery_and_not_a_series(
    b2b: ExpressB2B,
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
    clock: ManualClock,
) -> None:
    running = pool(slow_workers=2)
    endpoint = known_to_be_quick(shop, running)
    fake.hold("//a.")
    many_at_once(b2b, shop, 3)
    fake.wait_for(2)

    clock.advance(SLOW_SECONDS + 1)
    running.wake()

    fake.wait_for(3)  # by another worker, in the slow lane
    assert fake.in_flight[URL] == 2
    fake.let_go()
    wait_for_status(shop, endpoint.id, *["succeeded"] * 4)


def test_a_receiver_that_is_gone_is_told_nothing_more(
    b2b: ExpressB2B, shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    endpoint = known_to_be_quick(shop, pool())
    fake.answer = Outcome(False, 410, "", None, 5)

    many_at_once(b2b, shop, 5)

    wait_until(lambda: shop.webhooks.get(endpoint.id).status == "disabled")
    assert len(fake.requests) == 2
    assert sorted(statuses(shop, endpoint.id)) == ["failed", *["pending"] * 4, "succeeded"]


def test_a_refusal_ends_a_series_and_the_rest_is_sent_all_the_same(
    b2b: ExpressB2B, shop: Workspace, fake: FakeSender, pool: Callable[..., DeliveryPool]
) -> None:
    endpoint = known_to_be_quick(shop, pool())
    answers = iter([OK, Outcome(False, 503, "", None, 5)])
    fake.answer = lambda request: next(answers, OK)

    many_at_once(b2b, shop, 4)

    wait_until(lambda: statuses(shop, endpoint.id).count("succeeded") == 4)
    assert attempts_of(shop, endpoint.id) == 5


def test_stopping_begins_nothing_more_of_a_series_and_leaves_it_due(
    b2b: ExpressB2B,
    shop: Workspace,
    fake: FakeSender,
    pool: Callable[..., DeliveryPool],
) -> None:
    running = pool()
    endpoint = known_to_be_quick(shop, running)
    fake.hold("//a.")
    many_at_once(b2b, shop, 4)
    fake.wait_for(2)
    stopping = threading.Thread(target=running.stop)
    stopping.start()
    wait_until(lambda: len(due(b2b)) == 3)

    fake.let_go()
    stopping.join()

    assert len(fake.requests) == 2
    assert sorted(statuses(shop, endpoint.id)) == ["pending"] * 3 + ["succeeded"] * 2


def due(b2b: ExpressB2B) -> list[object]:
    """What any other pool could claim now."""
    sql = "SELECT id FROM deliveries WHERE due_at_ms IS NOT NULL AND lease_holder IS NULL"
    return list(b2b.runtime.database.run_sql(sql))
