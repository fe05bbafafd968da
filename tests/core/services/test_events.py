"""Events: recorded with the change, whole, in order, without gaps."""

from __future__ import annotations

import json

import pytest

from expressb2b_core import Event, ExpressB2B, Workspace
from expressb2b_core.errors import NotFound, ValidationFailed
from tests.builders import NAPKIN, Customer, customer, napkin, order


@pytest.fixture
def midwest(shop: Workspace) -> Customer:
    napkin(shop)
    return customer(shop, {"name": "manager", "min_total": "100.00"}, pricing_tier="volume_b")


def test_an_event_carries_the_whole_order_of_that_moment(
    shop: Workspace, midwest: Customer
) -> None:
    placed = order(shop, midwest)

    (event,) = shop.events.iterate()

    assert event.keys() == ["seq", "event", "id", "created_at", "data"]
    assert event["id"].startswith("wh_")
    assert event.data == {
        "order_id": placed.id,
        "status": "pending_approval",
        "billing_account_id": midwest.account_id,
        "site_id": midwest.site_id,
        "total": "136.00",
        "items_count": 1,
        "order": placed.to_dict(),
    }


def test_an_order_approved_at_once_is_placed_and_then_approved(
    shop: Workspace, midwest: Customer
) -> None:
    order(shop, midwest, qty=1)

    found = list(shop.events.iterate())

    assert [event.event for event in found] == ["order.placed", "order.approved"]
    assert [event.data["status"] for event in found] == ["approved", "approved"]


def test_every_change_has_its_event_and_the_sequence_has_no_gap(
    shop: Workspace, stranger: Workspace, midwest: Customer
) -> None:
    first, second, third = (order(shop, midwest) for _ in range(3))
    napkin(stranger)
    order(stranger, customer(stranger))
    shop.approvals.approve(first.id)
    shop.orders.fulfill(first.id)
    shop.approvals.reject(second.id, reason="no")
    with pytest.raises(ValidationFailed):
        order(shop, midwest, sku="NONE")
    shop.orders.cancel(third.id, reason="no")

    found = list(shop.events.iterate())

    assert [event.seq for event in found] == [1, 2, 3, 4, 5, 6, 7]
    assert [event.event for event in found[3:]] == [
        "order.approved", "order.fulfilled", "order.rejected", "order.cancelled",
    ]  # fmt: skip
    assert [event.seq for event in stranger.events.iterate()] == [1, 2]


def test_an_approval_that_leaves_levels_open_has_no_event(shop: Workspace) -> None:
    napkin(shop)
    midwest = customer(shop, {"name": "two", "required": 2})
    people = [
        shop.contacts.create(
            midwest.account_id, name=name, email=f"{name}@example.com", roles=["approver"]
        ).id
        for name in ("ana", "ben")
    ]
    placed = order(shop, midwest)

    shop.approvals.approve(placed.id, approver_id=people[0])
    before = [event.event for event in shop.events.iterate()]
    shop.approvals.approve(placed.id, approver_id=people[1])

    assert before == ["order.placed"]
    assert [event.event for event in shop.events.iterate()] == ["order.placed", "order.approved"]


def test_a_reader_goes_on_from_the_last_seq_it_saw(shop: Workspace, midwest: Customer) -> None:
    for _ in range(3):
        order(shop, midwest)

    first = shop.events.list(per_page=2)
    second = shop.events.list(per_page=2, after=first.next_after)
    nothing = shop.events.list(after=second.next_after)

    assert [event.seq for event in first] + [event.seq for event in second] == [1, 2, 3]
    assert (first.has_more, second.has_more) == (True, False)
    assert (list(nothing), nothing.next_after) == ([], 3)


def test_events_can_be_read_by_type(shop: Workspace, midwest: Customer) -> None:
    placed = order(shop, midwest)
    shop.approvals.approve(placed.id)
    shop.orders.cancel(placed.id, reason="x")

    found = shop.events.list(types="order.placed,order.cancelled")

    assert [event.event for event in found] == ["order.placed", "order.cancelled"]


def test_the_raw_bytes_are_the_event_without_its_seq(shop: Workspace, midwest: Customer) -> None:
    order(shop, midwest)
    (event,) = shop.events.iterate()

    raw = shop.events.raw(event.id)

    assert json.loads(raw) | {"seq": 1} == shop.events.get(event.id).to_dict()
    assert "—".encode() in raw


def test_a_stranger_sees_no_event(shop: Workspace, stranger: Workspace, midwest: Customer) -> None:
    order(shop, midwest)
    (event,) = shop.events.iterate()

    for ask in (stranger.events.get, stranger.events.raw):
        with pytest.raises(NotFound):
            ask(event.id)


def test_callbacks_hear_of_events_after_the_commit(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer
) -> None:
    heard: list[tuple[str, int, str]] = []

    @b2b.on("order.approved")
    def approved(event: Event) -> None:
        heard.append(
            (event.type, event.seq, shop.orders.get(event.document.data["order_id"]).status)
        )

    b2b.on("*", lambda event: heard.append((event.type, event.seq, "any")))
    placed = order(shop, midwest)
    shop.approvals.approve(placed.id)

    assert heard == [
        ("order.placed", 1, "any"),
        ("order.approved", 2, "approved"),
        ("order.approved", 2, "any"),
    ]


def test_a_callback_that_raises_changes_nothing(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: Event) -> None:
        raise LookupError(event.type)

    b2b.on("order.placed", broken)
    order(shop, midwest)

    assert shop.orders.list().total == 1
    assert "a callback for order.placed failed" in caplog.text


def test_an_order_that_is_refused_tells_nobody(
    b2b: ExpressB2B, shop: Workspace, midwest: Customer
) -> None:
    heard: list[Event] = []
    b2b.on("*", heard.append)

    with pytest.raises(ValidationFailed):
        order(shop, midwest, sku="NONE")

    assert heard == []


def test_unknown_events_cannot_be_listened_to(b2b: ExpressB2B) -> None:
    with pytest.raises(ValueError, match=NAPKIN):
        b2b.on(NAPKIN, lambda event: None)
