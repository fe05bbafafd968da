from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.rules.approval import Level, Person
from expressb2b_core.services import account_lookup
from expressb2b_core.services.account_documents import BillingAccount
from expressb2b_core.services.account_lookup import AccountForOrder, SiteForOrder
from tests.databases import statements_of

NOBODY = "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"


@pytest.fixture
def account(shop: Workspace) -> BillingAccount:
    return shop.accounts.create(name="Midwest", sites=[{"name": "Loop"}])


def test_account_comes_with_its_levels_in_minor_units(
    b2b: ExpressB2B, shop: Workspace, account: BillingAccount
) -> None:
    ana = shop.contacts.create(account.id, name="Ana", email="ana@example.com")
    shop.accounts.update(
        account.id,
        approval={
            "allow_self_approval": True,
            "levels": [
                {"name": "board", "min_total": "500", "required": 2},
                {"name": "manager", "min_total": "100.5", "approver_ids": [ana.id]},
            ],
        },
    )

    found = account_lookup.find_account(shop.scope, account.id)

    assert found == AccountForOrder(
        account.id,
        "Midwest",
        None,
        True,
        True,
        (Level(1, "manager", 10_050, 1, (ana.id,)), Level(2, "board", 50_000, 2)),
    )


def test_account_without_levels_has_none(shop: Workspace, account: BillingAccount) -> None:
    found = account_lookup.find_account(shop.scope, account.id)

    assert found == AccountForOrder(account.id, "Midwest", None, True, False, ())


def test_account_and_levels_are_one_query(
    b2b: ExpressB2B, shop: Workspace, account: BillingAccount
) -> None:
    seen = statements_of(b2b)

    account_lookup.find_account(shop.scope, account.id)

    assert len(seen) == 1


def test_site_names_its_account(shop: Workspace, account: BillingAccount) -> None:
    site_id = account.sites[0]["id"]
    shop.sites.update(site_id, active=False)

    found = account_lookup.find_site(shop.scope, site_id)

    assert found == SiteForOrder(site_id, "Loop", account.id, False)


def test_people_come_as_the_approval_rules_take_them(
    shop: Workspace, account: BillingAccount
) -> None:
    site_id = account.sites[0]["id"]
    ana = shop.contacts.create(
        account.id, name="Ana", email="a@b.c", roles=["approver"], site_ids=[site_id]
    )
    bo = shop.contacts.create(account.id, name="Bo", email="b@b.c", active=False)
    expected_ana = Person(
        ana.id, "Ana", account.id, True, frozenset({"approver"}), frozenset({site_id})
    )
    expected_bo = Person(bo.id, "Bo", account.id, False, frozenset({"buyer"}))

    assert account_lookup.find_person(shop.scope, ana.id) == expected_ana
    assert account_lookup.people_of(shop.scope, account.id) == (expected_ana, expected_bo)


def test_stranger_and_nobody_look_alike(
    shop: Workspace, stranger: Workspace, account: BillingAccount
) -> None:
    ana = shop.contacts.create(account.id, name="Ana", email="a@b.c")
    site_id = account.sites[0]["id"]

    for scope, ids in (
        (stranger.scope, (account.id, site_id, ana.id)),
        (shop.scope, (NOBODY, NOBODY, NOBODY)),
    ):
        assert account_lookup.find_account(scope, ids[0]) is None
        assert account_lookup.find_site(scope, ids[1]) is None
        assert account_lookup.find_person(scope, ids[2]) is None
        assert account_lookup.people_of(scope, ids[0]) == ()
