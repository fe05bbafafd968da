"""Billing accounts from a spreadsheet: one row for each site or person."""

from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_core.errors import ValidationFailed
from expressb2b_core.services.spreadsheets import accounts
from expressb2b_core.services.spreadsheets.importing import ImportResult

TITLES = (
    "external_id,name,pricing_tier,active,site_name,site_external_id,"
    "contact_name,contact_email,contact_roles\n"
)


def imported(shop: Workspace, text: str, **options: bool) -> ImportResult:
    return accounts.import_accounts(shop.scope, accounts.read(text.encode()), **options)


def test_rows_of_one_external_id_are_one_account_with_its_sites_and_people(
    shop: Workspace,
) -> None:
    shop.tiers.put("volume_b", name="Volume B")

    result = imported(
        shop,
        TITLES + "K-1,Midwest,volume_b,,Loop,S-1,Ana,ana@example.com,buyer approver\n"
        "K-1,Midwest,,,Loop,S-1,Ben,ben@example.com,\n"
        "K-1,,,,Airport,S-2,,,\n"
        "K-2,Harbor,,no,,,,,\n",
    )

    first, second = list(shop.accounts.list())
    people = list(shop.contacts.list(first.id))
    assert (result.created, result.rejected) == (2, [])
    assert (first.pricing_tier, [site["name"] for site in first.sites]) == (
        "volume_b",
        ["Loop", "Airport"],
    )
    assert [(one.name, one.roles) for one in people] == [
        ("Ana", ["buyer", "approver"]),
        ("Ben", ["buyer"]),
    ]
    assert second.active is False


def test_the_same_file_again_changes_nothing(shop: Workspace) -> None:
    text = TITLES + "K-1,Midwest,,,Loop,S-1,Ana,Ana@example.com,buyer\n"
    imported(shop, text)

    assert imported(shop, text).unchanged == 1


def test_a_person_is_known_by_the_address(shop: Workspace) -> None:
    imported(shop, TITLES + "K-1,Midwest,,,,,Ana,ana@example.com,buyer\n")

    result = imported(shop, TITLES + "K-1,Midwest,,,,,Ana Flores,ANA@example.com,approver\n")

    (account,) = list(shop.accounts.list())
    (person,) = list(shop.contacts.list(account.id))
    assert (result.updated, person.name, person.roles) == (1, "Ana Flores", ["approver"])


def test_without_an_external_id_the_name_says_which_account(shop: Workspace) -> None:
    text = "name,site_name\nMidwest,Loop\nMidwest,Airport\n"
    imported(shop, text)

    again = imported(shop, text + "Midwest,Lakeside\n")

    (account,) = list(shop.accounts.list())
    assert (again.created, again.updated) == (0, 1)
    assert [site["name"] for site in account.sites] == ["Loop", "Airport", "Lakeside"]


def test_a_name_finds_an_account_that_has_an_external_id(shop: Workspace) -> None:
    shop.accounts.create(name="Midwest", external_id="K-1")

    imported(shop, "name,site_name\nMidwest,Loop\n")

    (account,) = list(shop.accounts.list())
    assert (account.external_id, account.sites_count) == ("K-1", 1)


def test_a_name_that_two_accounts_have_is_rejected(shop: Workspace) -> None:
    shop.accounts.create(name="Midwest", external_id="K-1")
    shop.accounts.create(name="Midwest", external_id="K-2")

    result = imported(shop, "name,site_name\nMidwest,Loop\n")

    assert "2 accounts are called Midwest" in result.rejected[0].reason


def test_an_account_is_written_whole_or_not_at_all(shop: Workspace) -> None:
    result = imported(
        shop,
        TITLES + "K-1,Midwest,,,Loop,S-1,,,\n"
        "K-1,Midwest,,,Airport,S-2,Ana,nowhere,\n"
        "K-2,Harbor,,,Pier,,,,\n",
    )

    assert [account.name for account in shop.accounts.list()] == ["Harbor"]
    assert (result.created, [one.row.number for one in result.rejected]) == (1, [2, 3])


def test_rows_of_an_account_may_not_contradict(shop: Workspace) -> None:
    result = imported(shop, "external_id,name,active\nK-1,Midwest,yes\nK-1,Harbor,maybe\n")

    reasons = result.rejected[0].reason
    assert "row 3: name is another one" in reasons
    assert "row 3: active is another one" in reasons
    assert shop.accounts.list().total == 0


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("K-1,,,,,,,,", "name is missing"),
        ("K-1,Midwest,,maybe,,,,,", "neither true nor false"),
        ("K-1,Midwest,,,,S-1,,,", "site_name is missing"),
        ("K-1,Midwest,,,,,Ana,,", "contact_email is missing"),
        ("K-1,Midwest,,,,,Ana,a@b.c,king", "buyer"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(shop: Workspace, cells: str, reason: str) -> None:
    result = imported(shop, f"{TITLES}{cells}\n")

    assert reason in result.rejected[0].reason


def test_an_unknown_tier_is_refused_or_made(shop: Workspace) -> None:
    text = "name,pricing_tier\nMidwest,gold\n"
    with pytest.raises(ValidationFailed, match="no pricing tier 'gold'"):
        imported(shop, text)

    imported(shop, text, create_tiers=True)

    assert next(iter(shop.accounts.list())).pricing_tier == "gold"


def test_a_dry_run_tells_the_same_and_writes_nothing(shop: Workspace) -> None:
    text = TITLES + "K-1,Midwest,gold,,Loop,,Ana,ana@example.com,\nK-2,Harbor,,maybe,,,,,\n"

    tried = imported(shop, text, dry_run=True, create_tiers=True)

    assert shop.accounts.list().total == 0
    done = imported(shop, text, create_tiers=True)
    assert tried.to_dict() | {"dry_run": False} == done.to_dict()


def test_another_workspace_with_the_same_external_id_is_not_touched(
    shop: Workspace, stranger: Workspace
) -> None:
    imported(stranger, "external_id,name\nK-1,Theirs\n")

    imported(shop, "external_id,name\nK-1,Ours\n")

    assert next(iter(stranger.accounts.list())).name == "Theirs"
