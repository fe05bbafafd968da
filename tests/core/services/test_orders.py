"""Placing orders at negotiated prices, reading them, fulfilling and cancelling them."""

from __future__ import annotations

from typing import Any

import pytest

from expressb2b_core import Workspace
from expressb2b_core.errors import (
    AlreadyExists,
    InvalidTransition,
    NotFound,
    PriceChanged,
    Stale,
    ValidationFailed,
)
from tests.builders import NAPKIN, NOBODY, Customer, customer, napkin, order, person
from tests.clocks import FakeClock


@pytest.fixture
def midwest(shop: Workspace) -> Customer:
    napkin(shop)
    return customer(shop, pricing_tier="volume_b")


def problems(error: ValidationFailed | PriceChanged) -> dict[str, str]:
    return {problem.pointer: problem.code for problem in error.errors}


def test_the_sample_of_the_product_page_comes_out_field_by_field(shop: Workspace) -> None:
    napkin(shop)
    midwest = customer(shop, {"name": "manager", "min_total": "100.00"}, pricing_tier="volume_b")
    napkin(shop, pricing=[{"billing_account_id": midwest.account_id, "price": "38.50"}])

    placed = order(shop, midwest)

    assert placed.status == "pending_approval"
    assert placed.number == 1001
    assert placed.billing_account == {
        "id": midwest.account_id,
        "name": "Midwest Restaurant Group",
        "pricing_tier": "volume_b",
    }
    assert placed.site == {"id": midwest.site_id, "name": "Chicago — Loop"}
    assert placed.items == [
        {
            "line": 1,
            "sku": NAPKIN,
            "name": "Linen napkin, white, 200 pcs",
            "qty": 4,
            "unit_price": "38.50",
            "line_total": "154.00",
            "price": {"source": "account", "tier": None, "min_qty": 1, "base_price": "41.00"},
        }
    ]
    assert (placed.subtotal, placed.total, placed.currency) == ("154.00", "154.00", "USD")
    assert placed.created_at == "2026-03-15T14:32:07Z"


def test_an_order_without_levels_is_approved_at_once(shop: Workspace, midwest: Customer) -> None:
    placed = order(shop, midwest)

    assert placed.status == "approved"
    assert placed.approved_at == placed.created_at
    assert placed.allowed_actions == ["fulfill", "cancel"]
    assert [entry["action"] for entry in placed.approval_history] == ["placed", "auto_approved"]


def test_the_whole_document_has_exactly_its_fields(shop: Workspace, midwest: Customer) -> None:
    placed = order(shop, midwest)

    assert placed.keys() == [
        "id", "number", "status", "revision", "billing_account", "site", "items", "subtotal",
        "charges", "total", "currency", "po_number", "external_id", "note", "metadata",
        "placed_by", "approval", "allowed_actions", "created_at", "updated_at", "approved_at",
        "rejected_at", "fulfilled_at", "cancelled_at", "approval_history",
    ]  # fmt: skip


def test_a_later_change_of_price_account_or_product_changes_no_order(
    shop: Workspace, midwest: Customer
) -> None:
    placed = order(shop, midwest)

    napkin(shop, name="Other", base_price="99.00", pricing=[{"tier": "volume_b", "price": "9.00"}])
    shop.accounts.update(midwest.account_id, name="Other", pricing_tier=None)

    assert shop.orders.get(placed.id) == placed


def test_charges_make_the_total(shop: Workspace, midwest: Customer) -> None:
    placed = order(
        shop,
        midwest,
        charges=[
            {"kind": "shipping", "label": "Freight", "amount": "12.50"},
            {"kind": "discount", "label": "Spring", "amount": "-10.00"},
        ],
    )

    assert (placed.subtotal, placed.total) == ("136.00", "138.50")


def test_a_quote_is_what_placing_would_do_and_writes_nothing(
    shop: Workspace, midwest: Customer
) -> None:
    quote = shop.orders.quote(
        billing_account_id=midwest.account_id,
        site_id=midwest.site_id,
        items=[{"sku": NAPKIN, "qty": 4}],
    )

    assert quote.keys() == [
        "items", "subtotal", "charges", "total", "currency", "approval", "stock",
    ]  # fmt: skip
    assert quote.total == "136.00"
    assert [c["verdict"] for c in quote["items"][0]["candidates"]] == ["won", "outranked"]
    assert quote.stock == [{"sku": NAPKIN, "requested": 4, "available": None, "ok": True}]
    assert shop.orders.list().total == 0


def test_a_quote_tells_a_shortage_that_placing_refuses(shop: Workspace, midwest: Customer) -> None:
    napkin(shop, inventory={"on_hand": 3})
    asked: dict[str, Any] = {
        "billing_account_id": midwest.account_id,
        "site_id": midwest.site_id,
        "items": [{"sku": NAPKIN, "qty": 4}],
    }

    quote = shop.orders.quote(**asked)
    with pytest.raises(ValidationFailed) as caught:
        shop.orders.place(**asked)

    assert quote.stock == [{"sku": NAPKIN, "requested": 4, "available": 3, "ok": False}]
    assert problems(caught.value) == {"/items/0/qty": "insufficient_stock"}
    assert caught.value.errors[0].figures == {"available": 3}


def test_a_quote_says_who_could_decide(shop: Workspace) -> None:
    napkin(shop)
    midwest = customer(shop, {"name": "manager"})
    ana = person(shop, midwest, "Ana")
    person(shop, midwest, "Ben", roles=["buyer"])

    quote = shop.orders.quote(
        billing_account_id=midwest.account_id,
        site_id=midwest.site_id,
        items=[{"sku": NAPKIN, "qty": 1}],
    )

    assert quote.approval["levels"][0]["eligible"] == [{"id": ana, "name": "Ana"}]


def test_the_proof_keeps_every_candidate(
    shop: Workspace, midwest: Customer, clock: FakeClock
) -> None:
    placed = order(shop, midwest)
    clock.advance(60)
    napkin(shop, base_price="1.00", pricing=[{"tier": "volume_b", "price": "1.00"}])

    proof = shop.orders.pricing(placed.id)

    assert proof.order_id == placed.id
    line = proof["items"][0]
    assert (line["unit_price"], line["price"]["source"]) == ("34.00", "tier")
    assert [(c["source"], c["price"], c["verdict"]) for c in line["candidates"]] == [
        ("tier", "34.00", "won"),
        ("base", "41.00", "outranked"),
    ]


def test_all_problems_come_at_once(shop: Workspace, midwest: Customer) -> None:
    shop.products.upsert(sku="OLD", name="Old", base_price="1", active=False)
    shop.products.upsert(sku="SIX", name="Six", base_price="1", min_qty=12, multiple=6)
    shop.products.upsert(sku="FREE", name="No price")

    with pytest.raises(ValidationFailed) as caught:
        shop.orders.place(
            billing_account_id=midwest.account_id,
            site_id=NOBODY,
            items=[
                {"sku": "NONE", "qty": 1},
                {"sku": "OLD", "qty": 1},
                {"sku": "SIX", "qty": 16},
            ],
            placed_by=NOBODY,
            charges=[{"kind": "fee", "label": "x", "amount": "1.001"}],
        )

    assert problems(caught.value) == {
        "/site_id": "not_found",
        "/placed_by": "not_found",
        "/charges/0/amount": "invalid_money",
        "/items/0/sku": "unknown_sku",
        "/items/1/sku": "inactive_product",
        "/items/2/qty": "invalid_quantity",
    }
    nearest = next(e.figures["nearest"] for e in caught.value.errors if e.pointer == "/items/2/qty")
    assert nearest == [12, 18]


def test_a_product_without_price_for_the_account_is_refused(
    shop: Workspace, midwest: Customer
) -> None:
    shop.products.upsert(sku="FREE", name="No price")

    with pytest.raises(ValidationFailed) as caught:
        order(shop, midwest, sku="FREE")

    assert problems(caught.value) == {"/items/0/sku": "no_price"}


def test_a_site_of_another_account_is_refused(shop: Workspace, midwest: Customer) -> None:
    other = customer(shop, name="Other")

    with pytest.raises(ValidationFailed) as caught:
        order(shop, Customer(midwest.account_id, other.site_id))

    assert problems(caught.value) == {"/site_id": "wrong_account"}


def test_an_inactive_account_cannot_order(shop: Workspace, midwest: Customer) -> None:
    shop.accounts.update(midwest.account_id, active=False)

    with pytest.raises(ValidationFailed) as caught:
        order(shop, midwest)

    assert problems(caught.value) == {"/billing_account_id": "inactive_account"}


def test_a_stranger_sees_and_orders_nothing(
    shop: Workspace, stranger: Workspace, midwest: Customer
) -> None:
    placed = order(shop, midwest)

    with pytest.raises(ValidationFailed) as caught:
        order(stranger, midwest)
    for ask in (stranger.orders.get, stranger.orders.pricing):
        with pytest.raises(NotFound):
            ask(placed.id)
    with pytest.raises(NotFound):
        stranger.orders.cancel(placed.id, reason="mine")

    assert problems(caught.value) == {
        "/billing_account_id": "not_found",
        "/site_id": "not_found",
        "/items/0/sku": "unknown_sku",
    }
    assert stranger.orders.list().total == 0


def test_another_price_than_expected_orders_nothing(shop: Workspace, midwest: Customer) -> None:
    with pytest.raises(PriceChanged) as caught:
        shop.orders.place(
            billing_account_id=midwest.account_id,
            site_id=midwest.site_id,
            items=[{"sku": NAPKIN, "qty": 4, "expected_unit_price": "33.00"}],
        )

    assert caught.value.errors[0].figures == {"expected": "33.00", "actual": "34.00"}
    assert shop.orders.list().total == 0


def test_the_expected_price_may_be_written_in_another_way(
    shop: Workspace, midwest: Customer
) -> None:
    placed = shop.orders.place(
        billing_account_id=midwest.account_id,
        site_id=midwest.site_id,
        items=[{"sku": NAPKIN, "qty": 4, "expected_unit_price": "34"}],
    )

    assert placed.total == "136.00"


def test_an_external_id_is_unique_in_the_workspace(
    shop: Workspace, stranger: Workspace, midwest: Customer
) -> None:
    first = order(shop, midwest, external_id="ERP-1")

    with pytest.raises(AlreadyExists) as caught:
        order(shop, midwest, external_id="ERP-1")
    napkin(stranger)
    order(stranger, customer(stranger), external_id="ERP-1")

    assert caught.value.identity == first.id


def test_a_discount_cannot_take_the_total_below_zero(shop: Workspace, midwest: Customer) -> None:
    with pytest.raises(ValidationFailed) as caught:
        order(
            shop,
            midwest,
            charges=[{"kind": "discount", "label": "x", "amount": "-136.01"}],
        )

    assert problems(caught.value) == {"/charges": "out_of_range"}


def test_placing_reserves_cancelling_releases_fulfilling_consumes(
    shop: Workspace, midwest: Customer
) -> None:
    napkin(shop, inventory={"on_hand": 10})
    first, second = order(shop, midwest, qty=4), order(shop, midwest, qty=5)
    assert shop.products.get(NAPKIN).inventory["available"] == 1

    shop.orders.cancel(first.id, reason="twice")
    shop.orders.fulfill(second.id, tracking="1Z")

    inventory = shop.products.get(NAPKIN).inventory
    assert (inventory["on_hand"], inventory["reserved"], inventory["available"]) == (5, 0, 5)


def test_fulfilling_keeps_tracking_and_shipment_in_the_history(
    shop: Workspace, midwest: Customer, clock: FakeClock
) -> None:
    placed = order(shop, midwest)
    clock.advance(60)

    fulfilled = shop.orders.fulfill(placed.id, tracking="1Z", external_id="S-1", comment="all")

    last = fulfilled.approval_history[-1]
    assert (last["action"], last["tracking"], last["external_id"], last["comment"]) == (
        "fulfilled", "1Z", "S-1", "all",
    )  # fmt: skip
    assert fulfilled.fulfilled_at == fulfilled.updated_at == "2026-03-15T14:33:07Z"
    assert fulfilled.revision == 2


def test_a_finished_order_cannot_be_changed(shop: Workspace, midwest: Customer) -> None:
    placed = order(shop, midwest)
    shop.orders.fulfill(placed.id)

    with pytest.raises(InvalidTransition) as caught:
        shop.orders.cancel(placed.id, reason="late")

    assert caught.value.current_status == "fulfilled"
    assert caught.value.allowed_actions == ()


def test_a_cancelling_contact_must_be_of_the_account(shop: Workspace, midwest: Customer) -> None:
    placed = order(shop, midwest)
    foreign = person(shop, customer(shop, name="Other"))

    with pytest.raises(ValidationFailed) as caught:
        shop.orders.cancel(placed.id, reason="x", contact_id=foreign)

    assert problems(caught.value) == {"/contact_id": "wrong_account"}


def test_a_change_decided_on_an_old_document_is_stale(shop: Workspace, midwest: Customer) -> None:
    placed = order(shop, midwest)
    read = shop.orders.get(placed.id).etag
    shop.orders.fulfill(placed.id, if_match=frozenset({read}))

    with pytest.raises(Stale):
        shop.orders.cancel(placed.id, reason="x", if_match=frozenset({read}))
