"""Accounts in the panel: themselves, their sites, people and approval levels."""

from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_core.services import audit
from tests.builders import Customer, customer, person
from tests.server.panel.browser import Answer, Browser


@pytest.fixture
def midwest(shop: Workspace) -> Customer:
    shop.tiers.put("volume_b", name="Volume B")
    return customer(shop)


def test_account_is_made(shop: Workspace, admin: Browser, midwest: Customer) -> None:
    page = admin.get("/admin/accounts/new")

    made = admin.submit(
        page, "/admin/accounts", name="Harborview", external_id="C-1", pricing_tier="volume_b"
    )

    assert "The account is made." in made.page.said
    (account,) = shop.accounts.list(q="Harborview")
    assert (account.external_id, account.pricing_tier) == ("C-1", "volume_b")


def test_account_is_changed_and_the_log_says_how(
    shop: Workspace, admin: Browser, midwest: Customer
) -> None:
    path = f"/admin/accounts/{midwest.account_id}"

    after = admin.submit(admin.get(path), f"{path}/edit", name="Midwest", active=[])

    assert "The account is saved." in after.page.said
    account = shop.accounts.get(midwest.account_id)
    assert (account.name, account.active) == ("Midwest", False)
    (entry,) = audit.entries(shop.scope, door="panel", subject_type="account")
    assert entry.actor["name"] == "Ana admin"
    assert entry.details["changes"] == {
        "name": ["Midwest Restaurant Group", "Midwest"],
        "active": [True, False],
    }


def test_taken_external_id_is_told_at_its_field(
    shop: Workspace, admin: Browser, midwest: Customer
) -> None:
    shop.accounts.create(name="Other", external_id="C-1")
    path = f"/admin/accounts/{midwest.account_id}"

    refused = admin.submit(admin.get(path), f"{path}/edit", external_id="C-1")

    assert refused.status == 409
    assert 'aria-invalid="true"' in refused.text


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    shop: Workspace, admin: Browser, midwest: Customer
) -> None:
    path = f"/admin/accounts/{midwest.account_id}"
    page = admin.get(path)
    shop.accounts.update(midwest.account_id, name="Changed elsewhere")

    refused = admin.submit(page, f"{path}/edit", name="Changed here")

    assert refused.status == 412
    assert shop.accounts.get(midwest.account_id).name == "Changed elsewhere"


def test_site_is_added_and_changed(shop: Workspace, admin: Browser, midwest: Customer) -> None:
    path = f"/admin/accounts/{midwest.account_id}/sites"
    admin.submit(admin.get(f"{path}/new"), path, name="Depot", external_id="S-2")
    (site,) = [one for one in shop.accounts.get(midwest.account_id).sites if one["name"] == "Depot"]

    page = admin.get(f"/admin/sites/{site['id']}")
    admin.submit(page, f"/admin/sites/{site['id']}", name="Depot North", active=[])

    found = shop.sites.get(site["id"])
    assert (found.name, found.active, found.external_id) == ("Depot North", False, "S-2")


def test_person_is_added_and_changed(shop: Workspace, admin: Browser, midwest: Customer) -> None:
    path = f"/admin/accounts/{midwest.account_id}/people"
    admin.submit(
        admin.get(f"{path}/new"),
        path,
        name="Uma",
        email="uma@example.com",
        roles=["buyer", "approver"],
        site_ids=[midwest.site_id],
    )
    (uma,) = shop.contacts.list(midwest.account_id)
    assert (uma.roles, uma.site_ids) == (["buyer", "approver"], [midwest.site_id])

    page = admin.get(f"/admin/people/{uma.id}")
    admin.submit(page, f"/admin/people/{uma.id}", site_ids=[], active=[])

    found = shop.contacts.get(uma.id)
    assert (found.site_ids, found.active, found.name) == ([], False, "Uma")


def test_person_without_an_address_is_refused(admin: Browser, midwest: Customer) -> None:
    path = f"/admin/accounts/{midwest.account_id}/people"

    refused = admin.submit(admin.get(f"{path}/new"), path, name="Uma", email="nowhere")

    assert refused.status == 422
    assert "Email must look like name@example.com" in refused.page.said


class TestLevels:
    def page(self, admin: Browser, of: Customer) -> Answer:
        return admin.get(f"/admin/accounts/{of.account_id}/levels")

    def save(self, admin: Browser, of: Customer, page: Answer, **fields: object) -> Answer:
        return admin.submit(page, f"/admin/accounts/{of.account_id}/levels", **fields)

    def test_levels_are_added_one_by_one(
        self, shop: Workspace, admin: Browser, midwest: Customer
    ) -> None:
        uma = person(shop, midwest, "Uma")
        at = "approval/levels/"
        first = {f"{at}0/name": "manager", f"{at}0/min_total": "100.00"}
        self.save(admin, midwest, self.page(admin, midwest), **first)
        second = {
            f"{at}1/name": "director",
            f"{at}1/min_total": "2500",
            f"{at}1/approver_ids": [uma],
        }

        self.save(admin, midwest, self.page(admin, midwest), **second)

        levels = shop.accounts.get(midwest.account_id).approval["levels"]
        assert [(one["name"], one["min_total"]) for one in levels] == [
            ("manager", "100.00"),
            ("director", "2500.00"),
        ]
        assert levels[1]["approver_ids"] == [uma]

    def test_level_is_removed(self, shop: Workspace, admin: Browser, midwest: Customer) -> None:
        levels = [{"name": "one", "min_total": "1"}, {"name": "two", "min_total": "2"}]
        shop.accounts.update(midwest.account_id, approval={"levels": levels})  # type: ignore[typeddict-item]

        self.save(admin, midwest, self.page(admin, midwest), **{"approval/levels/0/remove": "yes"})

        left = shop.accounts.get(midwest.account_id).approval["levels"]
        assert [one["name"] for one in left] == ["two"]

    def test_error_stands_at_its_row_though_one_above_is_removed(
        self, shop: Workspace, admin: Browser, midwest: Customer
    ) -> None:
        levels = [{"name": "one", "min_total": "1"}, {"name": "two", "min_total": "2"}]
        shop.accounts.update(midwest.account_id, approval={"levels": levels})  # type: ignore[typeddict-item]
        at = "approval/levels/"

        refused = self.save(
            admin,
            midwest,
            self.page(admin, midwest),
            **{f"{at}0/remove": "yes", f"{at}1/min_total": "much"},
        )

        assert refused.status == 422
        assert 'id="form-approval-levels-1-min_total-error"' in refused.text
        assert len(shop.accounts.get(midwest.account_id).approval["levels"]) == 2

    def test_own_orders_may_be_approved(
        self, shop: Workspace, admin: Browser, midwest: Customer
    ) -> None:
        field = {"approval/allow_self_approval": "yes"}

        self.save(admin, midwest, self.page(admin, midwest), **field)

        assert shop.accounts.get(midwest.account_id).approval["allow_self_approval"]


def test_accounts_are_found(shop: Workspace, admin: Browser, midwest: Customer) -> None:
    shop.accounts.create(name="Harborview")

    said = admin.get("/admin/accounts?q=harbor&active=true").page.said

    assert "Harborview" in said
    assert "Midwest" not in said
