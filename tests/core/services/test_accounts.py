from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import (
    AlreadyExists,
    NotFound,
    Stale,
    ValidationFailed,
)
from tests.clocks import FakeClock
from tests.refusals import problems

NOBODY = "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"


class TestCreate:
    def test_account_of_a_name_alone_has_defaults(self, shop: Workspace) -> None:
        account = shop.accounts.create(name="Midwest Restaurant Group")

        assert account.created
        assert account.to_dict() == {
            "id": account.id,
            "name": "Midwest Restaurant Group",
            "external_id": None,
            "pricing_tier": None,
            "active": True,
            "sites_count": 0,
            "sites": [],
            "approval": {"allow_self_approval": False, "levels": []},
            "metadata": {},
            "created_at": "2026-03-15T14:32:07Z",
            "updated_at": "2026-03-15T14:32:07Z",
        }

    def test_all_that_is_given_stands_in_the_document(self, shop: Workspace) -> None:
        shop.tiers.put("volume_b", name="Volume B")

        account = shop.accounts.create(
            name="Midwest Restaurant Group",
            external_id="C-1",
            pricing_tier="volume_b",
            active=False,
            sites=[{"name": "Chicago — Loop", "external_id": "S-1"}, {"name": "Gary"}],
            approval={
                "allow_self_approval": True,
                "levels": [{"name": "manager", "min_total": "100"}],
            },
            metadata={"source": "erp"},
        )

        assert (account.external_id, account.pricing_tier, account.active) == (
            "C-1",
            "volume_b",
            False,
        )
        assert account.sites_count == 2
        assert [(site["name"], site["external_id"], site["active"]) for site in account.sites] == [
            ("Chicago — Loop", "S-1", True),
            ("Gary", None, True),
        ]
        assert account.approval == {
            "allow_self_approval": True,
            "levels": [
                {"name": "manager", "min_total": "100.00", "required": 1, "approver_ids": []}
            ],
        }
        assert account.metadata == {"source": "erp"}

    def test_what_is_returned_is_what_is_read(self, shop: Workspace) -> None:
        account = shop.accounts.create(
            name="Midwest",
            sites=[{"name": "Loop"}],
            approval={"levels": [{"name": "manager", "min_total": "1.50", "required": 2}]},
            metadata={"ключ": "значение"},
        )

        assert shop.accounts.get(account.id).text == account.text

    def test_levels_are_sorted_by_min_total(self, shop: Workspace) -> None:
        account = shop.accounts.create(
            name="Midwest",
            approval={
                "levels": [
                    {"name": "board", "min_total": "5000"},
                    {"name": "anybody"},
                    {"name": "manager", "min_total": "100.5"},
                ]
            },
        )

        found = [(level["name"], level["min_total"]) for level in account.approval["levels"]]
        assert found == [("anybody", "0.00"), ("manager", "100.50"), ("board", "5000.00")]
        assert shop.accounts.get(account.id) == account

    def test_min_total_has_the_decimals_of_the_currency(self, b2b: ExpressB2B) -> None:
        tokyo = b2b.create_workspace("tokyo", currency="JPY")

        account = tokyo.accounts.create(
            name="Sushi", approval={"levels": [{"name": "manager", "min_total": "10000"}]}
        )

        assert account.approval["levels"][0]["min_total"] == "10000"

    def test_everything_it_refers_to_must_exist(self, shop: Workspace, clock: FakeClock) -> None:
        with pytest.raises(ValidationFailed) as refused:
            shop.accounts.create(
                name="Midwest",
                pricing_tier="volume_b",
                approval={
                    "levels": [
                        {"name": "manager", "min_total": "1.005"},
                        {"name": "board", "approver_ids": [NOBODY]},
                    ]
                },
            )

        assert problems(refused) == [
            ("/pricing_tier", "not_found"),
            ("/approval/levels/0/min_total", "invalid_money"),
            ("/approval/levels/1/approver_ids/0", "not_found"),
        ]
        assert shop.accounts.list().total == 0

    def test_tier_of_another_workspace_does_not_exist(
        self, shop: Workspace, stranger: Workspace
    ) -> None:
        stranger.tiers.put("volume_b", name="Volume B")

        with pytest.raises(ValidationFailed) as refused:
            shop.accounts.create(name="Midwest", pricing_tier="volume_b")

        assert problems(refused) == [("/pricing_tier", "not_found")]

    def test_misspelt_fields_are_refused_all_at_once(self, shop: Workspace) -> None:
        with pytest.raises(ValidationFailed) as refused:
            shop.accounts.create(nmae="Midwest", sites=[{"nam": "Loop"}])  # type: ignore

        assert set(problems(refused)) == {
            ("/nmae", "unknown_field"),
            ("/name", "required"),
            ("/sites/0/nam", "unknown_field"),
            ("/sites/0/name", "required"),
        }

    def test_accounts_may_share_a_name(self, shop: Workspace) -> None:
        first = shop.accounts.create(name="Midwest")
        second = shop.accounts.create(name="Midwest")

        assert second.created
        assert first.id != second.id


class TestUpdate:
    def test_absent_stays_and_null_clears(self, shop: Workspace, clock: FakeClock) -> None:
        shop.tiers.put("volume_b", name="Volume B")
        account = shop.accounts.create(name="Midwest", external_id="C-1", pricing_tier="volume_b")
        clock.advance(60)

        changed = shop.accounts.update(account.id, external_id=None)

        assert changed.to_dict() == account.to_dict() | {
            "external_id": None,
            "updated_at": "2026-03-15T14:33:07Z",
        }
        assert shop.accounts.get(account.id).text == changed.text

    def test_nothing_changed_keeps_updated_at(self, shop: Workspace, clock: FakeClock) -> None:
        account = shop.accounts.create(
            name="Midwest", approval={"levels": [{"name": "manager", "min_total": "10"}]}
        )
        clock.advance(60)

        same = shop.accounts.update(
            account.id,
            name="Midwest",
            approval={"levels": [{"name": "manager", "min_total": "10.00"}]},
        )

        assert same.text == account.text

    def test_levels_are_replaced_when_given(self, shop: Workspace) -> None:
        account = shop.accounts.create(
            name="M", approval={"levels": [{"name": "a"}, {"name": "b", "min_total": "5"}]}
        )

        changed = shop.accounts.update(account.id, approval={"levels": [{"name": "c"}]})

        assert [level["name"] for level in changed.approval["levels"]] == ["c"]
        assert shop.accounts.get(account.id).text == changed.text

    def test_levels_stay_when_only_self_approval_is_given(self, shop: Workspace) -> None:
        account = shop.accounts.create(name="M", approval={"levels": [{"name": "a"}]})

        changed = shop.accounts.update(account.id, approval={"allow_self_approval": True})

        assert changed.approval["allow_self_approval"] is True
        assert [level["name"] for level in changed.approval["levels"]] == ["a"]

    def test_self_approval_stays_when_only_levels_are_given(self, shop: Workspace) -> None:
        account = shop.accounts.create(name="M", approval={"allow_self_approval": True})

        changed = shop.accounts.update(account.id, approval={"levels": []})

        assert changed.approval == {"allow_self_approval": True, "levels": []}

    def test_approvers_must_be_people_of_this_account(self, shop: Workspace) -> None:
        account = shop.accounts.create(name="Midwest")
        other = shop.accounts.create(name="Other")
        ana = shop.contacts.create(account.id, name="Ana", email="ana@example.com")
        bob = shop.contacts.create(other.id, name="Bob", email="bob@example.com")

        with pytest.raises(ValidationFailed) as refused:
            shop.accounts.update(
                account.id,
                approval={"levels": [{"name": "manager", "approver_ids": [ana.id, bob.id]}]},
            )

        assert problems(refused) == [("/approval/levels/0/approver_ids/1", "not_found")]
        assert shop.accounts.get(account.id).approval["levels"] == []

    def test_external_id_of_another_account_is_refused(self, shop: Workspace) -> None:
        first = shop.accounts.create(name="First", external_id="C-1")
        second = shop.accounts.create(name="Second", external_id="C-2")

        with pytest.raises(AlreadyExists) as refused:
            shop.accounts.update(second.id, external_id="C-1", name="Changed")

        assert (refused.value.field_name, refused.value.identity) == ("external_id", first.id)
        assert shop.accounts.get(second.id).text == second.text

    def test_upsert_is_stale_without_the_account_that_the_caller_read(
        self, shop: Workspace
    ) -> None:
        account = shop.accounts.create(name="First", external_id="C-1")

        shop.accounts.create(name="B", external_id="C-1", if_match=frozenset({account.etag}))
        for external_id in ("C-1", "C-2", None):
            with pytest.raises(Stale):
                shop.accounts.create(
                    name="C", external_id=external_id, if_match=frozenset({account.etag})
                )

        assert [found.name for found in shop.accounts.iterate()] == ["B"]

    def test_own_external_id_may_be_sent_again(self, shop: Workspace) -> None:
        account = shop.accounts.create(name="First", external_id="C-1")

        assert shop.accounts.update(account.id, external_id="C-1").text == account.text

    def test_changes_if_it_is_as_the_caller_read_it(self, shop: Workspace) -> None:
        account = shop.accounts.create(name="Midwest")

        changed = shop.accounts.update(
            account.id, name="A", if_match=frozenset({account.etag, "other"})
        )
        shop.accounts.update(account.id, name="B", if_match=frozenset({"*"}))

        assert changed.name == "A"
        assert shop.accounts.get(account.id).name == "B"

    def test_is_stale_when_somebody_else_changed_it(self, shop: Workspace) -> None:
        account = shop.accounts.create(name="Midwest")
        shop.sites.create(account.id, name="Loop")

        with pytest.raises(Stale):
            shop.accounts.update(account.id, name="A", if_match=frozenset({account.etag}))

        assert shop.accounts.get(account.id).name == "Midwest"

    @pytest.mark.parametrize("identity", [NOBODY, "", "no-id", "a\x00b", "\ud800"])
    def test_absent_account_is_not_found(self, shop: Workspace, identity: str) -> None:
        with pytest.raises(NotFound):
            shop.accounts.update(identity, name="A")
        with pytest.raises(NotFound):
            shop.accounts.get(identity)

    def test_stranger_finds_nothing(self, shop: Workspace, stranger: Workspace) -> None:
        account = shop.accounts.create(name="Midwest", external_id="C-1")

        with pytest.raises(NotFound):
            stranger.accounts.get(account.id)
        with pytest.raises(NotFound):
            stranger.accounts.update(account.id, name="Mine")

        assert stranger.accounts.list().total == 0
        assert shop.accounts.get(account.id).text == account.text
