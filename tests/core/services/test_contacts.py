from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_core.errors import InvalidCursor, NotFound, Stale, ValidationFailed
from expressb2b_core.services.account_documents import BillingAccount
from tests.clocks import FakeClock
from tests.refusals import problems

NOBODY = "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"


@pytest.fixture
def account(shop: Workspace) -> BillingAccount:
    return shop.accounts.create(
        name="Midwest Restaurant Group", sites=[{"name": "Loop"}, {"name": "Gary"}]
    )


def test_person_of_a_name_and_an_address_buys_for_all_sites(
    shop: Workspace, account: BillingAccount
) -> None:
    ana = shop.contacts.create(account.id, name="Ana Flores", email="ana@example.com")

    assert ana.created
    assert ana.to_dict() == {
        "id": ana.id,
        "billing_account_id": account.id,
        "name": "Ana Flores",
        "email": "ana@example.com",
        "roles": ["buyer"],
        "site_ids": [],
        "active": True,
        "created_at": "2026-03-15T14:32:07Z",
        "updated_at": "2026-03-15T14:32:07Z",
    }
    assert shop.contacts.get(ana.id).text == ana.text


def test_all_that_is_given_stands_in_the_document(shop: Workspace, account: BillingAccount) -> None:
    gary = account.sites[1]["id"]

    ana = shop.contacts.create(
        account.id,
        name="Ana",
        email="ana@example.com",
        roles=["buyer", "approver"],
        site_ids=[gary],
        active=False,
    )

    assert (ana.roles, ana.site_ids, ana.active) == (["buyer", "approver"], [gary], False)


def test_change_touches_what_is_given_alone(
    shop: Workspace, account: BillingAccount, clock: FakeClock
) -> None:
    ana = shop.contacts.create(account.id, name="Ana", email="ana@example.com")
    clock.advance(60)

    changed = shop.contacts.update(ana.id, roles=["approver"], active=False)

    assert changed.to_dict() == ana.to_dict() | {
        "roles": ["approver"],
        "active": False,
        "updated_at": "2026-03-15T14:33:07Z",
    }
    assert shop.contacts.get(ana.id).text == changed.text


def test_nothing_changed_keeps_updated_at(
    shop: Workspace, account: BillingAccount, clock: FakeClock
) -> None:
    ana = shop.contacts.create(account.id, name="Ana", email="ana@example.com")
    clock.advance(60)

    assert shop.contacts.update(ana.id, name="Ana", roles=["buyer"]).text == ana.text


def test_person_is_no_part_of_the_account_document(
    shop: Workspace, account: BillingAccount, clock: FakeClock
) -> None:
    clock.advance(60)

    shop.contacts.create(account.id, name="Ana", email="ana@example.com")

    assert shop.accounts.get(account.id).text == account.text


def test_sites_must_be_those_of_the_account(shop: Workspace, account: BillingAccount) -> None:
    other = shop.accounts.create(name="Other", sites=[{"name": "Elgin"}])
    loop, elgin = account.sites[0]["id"], other.sites[0]["id"]
    ana = shop.contacts.create(account.id, name="Ana", email="ana@example.com")

    with pytest.raises(ValidationFailed) as on_creation:
        shop.contacts.create(account.id, name="Bo", email="b@x.y", site_ids=[loop, elgin])
    with pytest.raises(ValidationFailed) as on_change:
        shop.contacts.update(ana.id, site_ids=[NOBODY])

    assert problems(on_creation) == [("/site_ids/1", "not_found")]
    assert problems(on_change) == [("/site_ids/0", "not_found")]
    assert shop.contacts.list(account.id).total == 1


def test_bad_fields_are_named_all_at_once(shop: Workspace, account: BillingAccount) -> None:
    with pytest.raises(ValidationFailed) as refused:
        shop.contacts.create(account.id, name="Ana", email="ana", roles=["boss"])

    assert problems(refused) == [("/email", "invalid_format"), ("/roles/0", "invalid_choice")]


def test_stale_change_is_refused(shop: Workspace, account: BillingAccount) -> None:
    ana = shop.contacts.create(account.id, name="Ana", email="ana@example.com")
    shop.contacts.update(ana.id, name="Anna", if_match=frozenset({ana.etag}))

    with pytest.raises(Stale):
        shop.contacts.update(ana.id, name="Anne", if_match=frozenset({ana.etag}))

    assert shop.contacts.get(ana.id).name == "Anna"


def test_people_of_one_account_are_listed_oldest_first(
    shop: Workspace, account: BillingAccount
) -> None:
    other = shop.accounts.create(name="Other")
    made = [
        shop.contacts.create(account.id, name=f"P{index}", email="p@example.com")
        for index in range(5)
    ]
    shop.contacts.create(other.id, name="Elsewhere", email="e@example.com")

    page = shop.contacts.list(account.id)
    walked = shop.contacts.iterate(account.id, per_page=2)

    assert [person.text for person in page] == [person.text for person in made]
    assert page.total == 5
    assert [person.id for person in walked] == [person.id for person in made]


def test_cursor_is_good_for_its_account_only(shop: Workspace, account: BillingAccount) -> None:
    other = shop.accounts.create(name="Other")
    for name in ("Ana", "Bo"):
        shop.contacts.create(account.id, name=name, email="p@example.com")
    cursor = shop.contacts.list(account.id, per_page=1).next_cursor
    assert cursor is not None

    with pytest.raises(InvalidCursor):
        shop.contacts.list(other.id, per_page=1, cursor=cursor)


@pytest.mark.parametrize("identity", [NOBODY, "no-id", "a\x00b"])
def test_absent_account_or_person_is_not_found(shop: Workspace, identity: str) -> None:
    with pytest.raises(NotFound):
        shop.contacts.create(identity, name="Ana", email="ana@example.com")
    with pytest.raises(NotFound):
        shop.contacts.list(identity)
    with pytest.raises(NotFound):
        shop.contacts.update(identity, name="Ana")
    with pytest.raises(NotFound):
        shop.contacts.get(identity)


def test_stranger_finds_nobody(
    shop: Workspace, stranger: Workspace, account: BillingAccount
) -> None:
    ana = shop.contacts.create(account.id, name="Ana", email="ana@example.com")

    with pytest.raises(NotFound):
        stranger.contacts.create(account.id, name="Me", email="me@example.com")
    with pytest.raises(NotFound):
        stranger.contacts.list(account.id)
    with pytest.raises(NotFound):
        stranger.contacts.update(ana.id, name="Me")
    with pytest.raises(NotFound):
        stranger.contacts.get(ana.id)

    assert shop.contacts.get(ana.id).text == ana.text
