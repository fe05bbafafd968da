from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_core.errors import AlreadyExists, NotFound, Stale, ValidationFailed
from expressb2b_core.services.account_documents import BillingAccount
from tests.clocks import FakeClock

NOBODY = "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"


@pytest.fixture
def account(shop: Workspace) -> BillingAccount:
    return shop.accounts.create(name="Midwest Restaurant Group")


def test_new_site_stands_alone_and_in_its_account(
    shop: Workspace, account: BillingAccount, clock: FakeClock
) -> None:
    clock.advance(60)

    site = shop.sites.create(account.id, name="Chicago — Loop", external_id="S-1")

    assert site.created
    assert site.to_dict() == {
        "id": site.id,
        "billing_account_id": account.id,
        "name": "Chicago — Loop",
        "external_id": "S-1",
        "active": True,
        "created_at": "2026-03-15T14:33:07Z",
        "updated_at": "2026-03-15T14:33:07Z",
    }
    assert shop.sites.get(site.id).text == site.text
    after = shop.accounts.get(account.id)
    assert after.sites == [
        {"id": site.id, "name": "Chicago — Loop", "external_id": "S-1", "active": True}
    ]
    assert (after.sites_count, after.updated_at) == (1, "2026-03-15T14:33:07Z")


def test_change_shows_in_the_site_and_its_account(
    shop: Workspace, account: BillingAccount, clock: FakeClock
) -> None:
    loop = shop.sites.create(account.id, name="Loop", external_id="S-1")
    gary = shop.sites.create(account.id, name="Gary")
    clock.advance(60)

    changed = shop.sites.update(loop.id, name="The Loop", active=False, external_id=None)

    assert changed.to_dict() == loop.to_dict() | {
        "name": "The Loop",
        "active": False,
        "external_id": None,
        "updated_at": "2026-03-15T14:33:07Z",
    }
    assert shop.sites.get(loop.id).text == changed.text
    assert shop.sites.get(gary.id).text == gary.text
    after = shop.accounts.get(account.id)
    assert after.updated_at == "2026-03-15T14:33:07Z"
    assert [site["name"] for site in after.sites] == ["The Loop", "Gary"]


def test_nothing_changed_keeps_both_times(
    shop: Workspace, account: BillingAccount, clock: FakeClock
) -> None:
    site = shop.sites.create(account.id, name="Loop")
    before = shop.accounts.get(account.id)
    clock.advance(60)

    same = shop.sites.update(site.id, name="Loop", active=True)

    assert same.text == site.text
    assert shop.accounts.get(account.id).text == before.text


def test_external_id_belongs_to_one_site_of_an_account(
    shop: Workspace, account: BillingAccount
) -> None:
    loop = shop.sites.create(account.id, name="Loop", external_id="S-1")
    gary = shop.sites.create(account.id, name="Gary", external_id="S-2")

    with pytest.raises(AlreadyExists) as refused:
        shop.sites.create(account.id, name="Third", external_id="S-1")
    with pytest.raises(AlreadyExists):
        shop.sites.update(gary.id, external_id="S-1")

    assert refused.value.identity == loop.id
    assert shop.accounts.get(account.id).sites_count == 2


def test_two_accounts_may_use_the_same_external_id(
    shop: Workspace, account: BillingAccount
) -> None:
    other = shop.accounts.create(name="Other")
    shop.sites.create(account.id, name="Loop", external_id="S-1")

    assert shop.sites.create(other.id, name="Loop", external_id="S-1").created


def test_stale_change_is_refused(shop: Workspace, account: BillingAccount) -> None:
    site = shop.sites.create(account.id, name="Loop")
    shop.sites.update(site.id, name="The Loop", if_match=frozenset({site.etag}))

    with pytest.raises(Stale):
        shop.sites.update(site.id, name="Gary", if_match=frozenset({site.etag}))

    assert shop.sites.get(site.id).name == "The Loop"


def test_bad_fields_are_named(shop: Workspace, account: BillingAccount) -> None:
    with pytest.raises(ValidationFailed) as refused:
        shop.sites.create(account.id, name="", active=None)  # type: ignore[arg-type]

    assert [error.pointer for error in refused.value.errors] == ["/name", "/active"]


@pytest.mark.parametrize("identity", [NOBODY, "no-id", "a\x00b"])
def test_absent_site_or_account_is_not_found(shop: Workspace, identity: str) -> None:
    with pytest.raises(NotFound):
        shop.sites.create(identity, name="Loop")
    with pytest.raises(NotFound):
        shop.sites.update(identity, name="Loop")
    with pytest.raises(NotFound):
        shop.sites.get(identity)


def test_stranger_finds_neither_account_nor_site(
    shop: Workspace, stranger: Workspace, account: BillingAccount
) -> None:
    site = shop.sites.create(account.id, name="Loop")

    with pytest.raises(NotFound):
        stranger.sites.create(account.id, name="Mine")
    with pytest.raises(NotFound):
        stranger.sites.update(site.id, name="Mine")
    with pytest.raises(NotFound):
        stranger.sites.get(site.id)

    assert shop.accounts.get(account.id).sites_count == 1
    assert shop.sites.get(site.id).text == site.text
