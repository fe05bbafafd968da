"""Deciding orders: levels, people, the merchant, and what is refused."""

from __future__ import annotations

import threading

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import InvalidTransition, NotAnApprover, NotFound, ValidationFailed
from tests.builders import NAPKIN, NOBODY, Customer, customer, napkin, order, person


@pytest.fixture
def midwest(shop: Workspace) -> Customer:
    napkin(shop)
    return customer(
        shop,
        {"name": "director", "min_total": "1000.00"},
        {"name": "manager", "min_total": "100.00"},
    )


def test_levels_apply_from_their_total_on_and_go_in_order(
    shop: Workspace, midwest: Customer
) -> None:
    small, middle, large = (order(shop, midwest, qty=qty) for qty in (1, 4, 40))

    assert small.status == "approved"
    assert [level["name"] for level in middle.approval["levels"]] == ["manager"]
    assert [level["name"] for level in large.approval["levels"]] == ["manager", "director"]


def test_two_people_take_a_large_order_through_its_levels(
    shop: Workspace, midwest: Customer
) -> None:
    ana, ben = person(shop, midwest, "Ana"), person(shop, midwest, "Ben")
    placed = order(shop, midwest, qty=40)

    half = shop.approvals.approve(placed.id, approver_id=ana, comment="fine")
    whole = shop.approvals.approve(placed.id, approver_id=ben)

    assert (half.status, half.approval["current_level"]) == ("pending_approval", 2)
    assert (whole.status, whole.approval["current_level"]) == ("approved", None)
    assert [
        (entry["action"], entry["level"], entry["actor"]["name"])
        for entry in whole.approval_history
    ] == [("placed", None, "library"), ("approved", 1, "Ana"), ("approved", 2, "Ben")]


def test_the_merchant_completes_all_levels_and_the_history_says_so(
    shop: Workspace, midwest: Customer
) -> None:
    placed = order(shop, midwest, qty=40)

    approved = shop.approvals.approve(placed.id)

    assert approved.status == "approved"
    assert approved.approval["levels"][1]["approved"] == 1
    assert approved.approval_history[-1]["actor"] == {
        "type": "system", "id": None, "name": "library",
    }  # fmt: skip


def test_nobody_who_could_decide_blocks_the_order(shop: Workspace, midwest: Customer) -> None:
    blocked = order(shop, midwest)
    person(shop, midwest)
    open_ = order(shop, midwest)

    assert blocked.approval["blocked"] is True
    assert open_.approval["blocked"] is False


def test_one_person_cannot_decide_twice_and_then_blocks(shop: Workspace, midwest: Customer) -> None:
    ana = person(shop, midwest)
    placed = order(shop, midwest, qty=40)

    half = shop.approvals.approve(placed.id, approver_id=ana)
    with pytest.raises(NotAnApprover) as caught:
        shop.approvals.approve(placed.id, approver_id=ana)

    assert caught.value.reason == "already_decided"
    assert half.approval["blocked"] is True


def test_who_placed_the_order_may_not_approve_it_unless_allowed(
    shop: Workspace, midwest: Customer
) -> None:
    ana = person(shop, midwest)
    own = order(shop, midwest, placed_by=ana)
    with pytest.raises(NotAnApprover) as caught:
        shop.approvals.approve(own.id, approver_id=ana)

    shop.accounts.update(midwest.account_id, approval={"allow_self_approval": True})
    later = order(shop, midwest, placed_by=ana)

    assert caught.value.reason == "own_order"
    assert shop.approvals.approve(later.id, approver_id=ana).status == "approved"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"active": False}, "inactive"),
        ({"roles": ["buyer"]}, "no_role"),
    ],
)
def test_who_is_no_approver_is_refused(
    shop: Workspace, midwest: Customer, fields: dict[str, object], reason: str
) -> None:
    placed = order(shop, midwest)
    contact = person(shop, midwest, "Cem", **fields)

    with pytest.raises(NotAnApprover) as caught:
        shop.approvals.approve(placed.id, approver_id=contact)

    assert caught.value.reason == reason


def test_an_approver_of_another_site_account_or_workspace_is_refused(
    shop: Workspace, stranger: Workspace, midwest: Customer
) -> None:
    placed = order(shop, midwest)
    elsewhere = shop.sites.create(midwest.account_id, name="Elsewhere").id
    other_site = person(shop, midwest, site_ids=[elsewhere])
    other_account = person(shop, customer(shop, name="Other"))
    foreign = person(stranger, customer(stranger))

    for approver_id, reason in ((other_site, "wrong_site"), (other_account, "wrong_account")):
        with pytest.raises(NotAnApprover) as refused:
            shop.approvals.approve(placed.id, approver_id=approver_id)
        assert refused.value.reason == reason
    for approver_id in (foreign, NOBODY):
        with pytest.raises(ValidationFailed) as absent:
            shop.approvals.approve(placed.id, approver_id=approver_id)
        assert absent.value.errors[0].pointer == "/approver_id"
    with pytest.raises(NotFound):
        stranger.approvals.approve(placed.id)


def test_a_level_that_names_people_takes_only_them(shop: Workspace) -> None:
    napkin(shop)
    midwest = customer(shop)
    ana, ben = person(shop, midwest, "Ana"), person(shop, midwest, "Ben")
    shop.accounts.update(
        midwest.account_id, approval={"levels": [{"name": "one", "approver_ids": [ana]}]}
    )
    placed = order(shop, midwest)

    with pytest.raises(NotAnApprover) as caught:
        shop.approvals.approve(placed.id, approver_id=ben)

    assert caught.value.reason == "wrong_level"
    assert shop.approvals.approve(placed.id, approver_id=ana).status == "approved"


def test_rejecting_says_why_gives_stock_back_and_ends_the_approval(
    shop: Workspace, midwest: Customer
) -> None:
    napkin(shop, inventory={"on_hand": 10})
    ana = person(shop, midwest)
    placed = order(shop, midwest)

    rejected = shop.approvals.reject(placed.id, approver_id=ana, reason="too much")

    assert rejected.status == "rejected"
    assert rejected.rejected_at is not None
    assert rejected.approval["current_level"] is None
    assert rejected.approval_history[-1]["comment"] == "too much"
    assert shop.products.get(NAPKIN).inventory["reserved"] == 0


def test_what_is_decided_cannot_be_decided_again(shop: Workspace, midwest: Customer) -> None:
    placed = order(shop, midwest)
    shop.approvals.approve(placed.id)

    with pytest.raises(InvalidTransition) as caught:
        shop.approvals.reject(placed.id, reason="late")

    assert caught.value.current_status == "approved"
    assert caught.value.allowed_actions == ("fulfill", "cancel")


def test_levels_are_those_of_order_time(shop: Workspace, midwest: Customer) -> None:
    placed = order(shop, midwest)
    shop.accounts.update(midwest.account_id, approval={"levels": []})

    assert shop.orders.get(placed.id).approval["levels"][0]["name"] == "manager"


def test_of_two_that_race_one_is_refused(b2b: ExpressB2B, midwest: Customer) -> None:
    shop = b2b.workspace()
    placed = order(shop, midwest)
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def decide(index: int) -> None:
        start.wait()
        try:
            if index % 2:
                shop.approvals.approve(placed.id)
            else:
                shop.approvals.reject(placed.id, reason="no")
            outcomes.append("done")
        except InvalidTransition:
            outcomes.append("refused")

    threads = [threading.Thread(target=decide, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done"] + ["refused"] * 7
    assert len(list(shop.events.iterate())) == 2
