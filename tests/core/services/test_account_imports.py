"""Accounts that come again with the external id they are known by."""

from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_core.errors import ValidationFailed
from expressb2b_core.inputs.accounts import AccountInput
from tests.clocks import FakeClock
from tests.refusals import problems


class TestCreateWithAnExternalIdThatExists:
    def test_changes_that_account(self, shop: Workspace, clock: FakeClock) -> None:
        first = shop.accounts.create(name="Midwest", external_id="C-1", metadata={"a": "1"})
        clock.advance(60)

        second = shop.accounts.create(name="Midwest Group", external_id="C-1")

        assert not second.created
        assert (second.id, second.name, second.metadata) == (first.id, "Midwest Group", {"a": "1"})
        assert second.created_at == first.created_at
        assert second.updated_at == "2026-03-15T14:33:07Z"
        assert shop.accounts.get(first.id).text == second.text
        assert shop.accounts.list().total == 1

    def test_the_same_again_changes_nothing(self, shop: Workspace, clock: FakeClock) -> None:
        fields: AccountInput = {
            "name": "Midwest",
            "external_id": "C-1",
            "sites": [{"name": "Loop", "external_id": "S-1"}, {"name": "Gary"}],
            "approval": {"levels": [{"name": "b", "min_total": "2"}, {"name": "a"}]},
            "metadata": {"a": "1", "b": "2"},
        }
        first = shop.accounts.create(**fields)
        clock.advance(60)

        second = shop.accounts.create(**fields | {"metadata": {"b": "2", "a": "1"}})

        assert second.text == first.text

    def test_sites_are_matched_by_external_id_then_by_name(self, shop: Workspace) -> None:
        first = shop.accounts.create(
            name="Midwest",
            external_id="C-1",
            sites=[{"name": "Loop", "external_id": "S-1"}, {"name": "Gary"}, {"name": "Joliet"}],
        )
        loop, gary, joliet = (site["id"] for site in first.sites)

        second = shop.accounts.create(
            name="Midwest",
            external_id="C-1",
            sites=[
                {"name": "The Loop", "external_id": "S-1"},
                {"name": "Gary", "external_id": "S-2", "active": False},
                {"name": "Elgin"},
            ],
        )

        assert [site["id"] for site in second.sites[:3]] == [loop, gary, joliet]
        assert [(site["name"], site["external_id"], site["active"]) for site in second.sites] == [
            ("The Loop", "S-1", True),
            ("Gary", "S-2", False),
            ("Joliet", None, True),
            ("Elgin", None, True),
        ]
        assert shop.accounts.get(first.id).text == second.text

    def test_site_of_the_same_name_but_another_external_id_is_another(
        self, shop: Workspace
    ) -> None:
        shop.accounts.create(
            name="M", external_id="C-1", sites=[{"name": "Depot", "external_id": "S-1"}]
        )

        account = shop.accounts.create(
            name="M", external_id="C-1", sites=[{"name": "Depot", "external_id": "S-2"}]
        )

        assert [site["external_id"] for site in account.sites] == ["S-1", "S-2"]

    def test_changed_site_shows_its_own_time(self, shop: Workspace, clock: FakeClock) -> None:
        first = shop.accounts.create(
            name="M", external_id="C-1", sites=[{"name": "Loop"}, {"name": "Gary"}]
        )
        clock.advance(60)

        shop.accounts.create(
            name="M", external_id="C-1", sites=[{"name": "Loop", "active": False}, {"name": "Gary"}]
        )

        loop, gary = (shop.sites.get(site["id"]) for site in first.sites)
        assert loop.updated_at == "2026-03-15T14:33:07Z"
        assert gary.updated_at == "2026-03-15T14:32:07Z"

    @pytest.mark.parametrize(
        "twice",
        [
            [{"name": "Loop"}, {"name": "Loop"}],
            [{"name": "Loop", "external_id": "S-1"}, {"name": "Gary", "external_id": "S-1"}],
            [{"name": "Loop", "external_id": "S-1"}, {"name": "Loop"}],
        ],
    )
    def test_the_same_site_twice_is_refused(self, shop: Workspace, twice: list[object]) -> None:
        with pytest.raises(ValidationFailed) as refused:
            shop.accounts.create(name="Midwest", sites=twice)  # type: ignore[arg-type]

        assert problems(refused) == [("/sites/1", "duplicate")]

    def test_its_people_can_be_named_as_approvers(self, shop: Workspace) -> None:
        first = shop.accounts.create(name="Midwest", external_id="C-1")
        ana = shop.contacts.create(first.id, name="Ana", email="ana@example.com")

        second = shop.accounts.create(
            name="Midwest",
            external_id="C-1",
            approval={"levels": [{"name": "manager", "approver_ids": [ana.id]}]},
        )

        assert second.approval["levels"][0]["approver_ids"] == [ana.id]

    def test_in_another_workspace_makes_another_account(
        self, shop: Workspace, stranger: Workspace
    ) -> None:
        first = shop.accounts.create(name="Midwest", external_id="C-1")

        second = stranger.accounts.create(name="Midwest", external_id="C-1")

        assert second.created
        assert second.id != first.id
