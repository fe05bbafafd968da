from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import (
    AlreadyExists,
    InvalidCursor,
    NotFound,
    Stale,
    ValidationFailed,
)
from expressb2b_core.inputs.accounts import AccountInput
from expressb2b_core.services.account_documents import BillingAccount
from tests.clocks import FakeClock
from tests.databases import statements_of

NOBODY = "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"


def problems(refused: pytest.ExceptionInfo[ValidationFailed]) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for error in refused.value.errors]


def names(accounts: object) -> list[str]:
    return [account.name for account in accounts]  # type: ignore[attr-defined]


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


class TestList:
    def test_gives_whole_documents_oldest_first(self, shop: Workspace) -> None:
        made = [
            shop.accounts.create(
                name=name,
                sites=[{"name": f"{name} 1"}, {"name": f"{name} 2"}],
                approval={"levels": [{"name": "manager", "min_total": "5"}, {"name": "any"}]},
            )
            for name in ("b", "a", "c")
        ]

        page = shop.accounts.list()

        assert [account.text for account in page] == [account.text for account in made]
        assert (page.total, page.per_page, page.next_cursor) == (3, 25, None)
        assert all(isinstance(account, BillingAccount) for account in page)

    def test_asks_the_database_no_more_for_many_than_for_few(
        self, b2b: ExpressB2B, shop: Workspace
    ) -> None:
        for index in range(30):
            shop.accounts.create(name=f"A{index}", sites=[{"name": "Loop"}])
        seen = statements_of(b2b)

        shop.accounts.list(per_page=1)
        few = len(seen)
        shop.accounts.list(per_page=30)
        many = len(seen) - few

        assert many == few > 0

    def test_walk_by_cursor_yields_each_once(self, shop: Workspace) -> None:
        made = [shop.accounts.create(name=f"A{index}").id for index in range(7)]

        found = [account.id for account in shop.accounts.iterate(per_page=3)]

        assert found == made

    def test_iterating_from_a_page_goes_on_to_the_end(self, shop: Workspace) -> None:
        made = [shop.accounts.create(name=f"A{index}").id for index in range(5)]

        found = [account.id for account in shop.accounts.iterate(per_page=2, page=2)]

        assert found == made[2:]

    def test_cursor_of_another_workspace_or_filter_is_refused(
        self, shop: Workspace, stranger: Workspace
    ) -> None:
        for index in range(3):
            shop.accounts.create(name=f"A{index}")
        cursor = shop.accounts.list(per_page=1).next_cursor
        assert cursor is not None

        with pytest.raises(InvalidCursor):
            stranger.accounts.list(per_page=1, cursor=cursor)
        with pytest.raises(InvalidCursor):
            shop.accounts.list(per_page=1, cursor=cursor, q="a")

    @pytest.mark.parametrize(
        ("q", "expected"),
        [
            ("group", ["Midwest GROUP", "Straße Group"]),
            ("STRASSE", ["Straße Group"]),
            ("100%", ["100% Bio_"]),
            ("_", ["100% Bio_"]),
            ("%", ["100% Bio_"]),
            ("!", ["Wow!"]),
            ("nothing", []),
        ],
    )
    def test_q_finds_names_whatever_the_case_and_takes_wildcards_literally(
        self, shop: Workspace, q: str, expected: list[str]
    ) -> None:
        for name in ("Midwest GROUP", "Straße Group", "100% Bio_", "1000 Bio", "Wow!"):
            shop.accounts.create(name=name)

        assert names(shop.accounts.list(q=q)) == expected

    def test_q_finds_the_new_name_after_a_change(self, shop: Workspace) -> None:
        account = shop.accounts.create(name="Midwest")
        shop.accounts.update(account.id, name="Eastern")

        assert names(shop.accounts.list(q="east")) == ["Eastern"]
        assert names(shop.accounts.list(q="mid")) == []

    def test_filters_can_be_combined(self, shop: Workspace, clock: FakeClock) -> None:
        shop.tiers.put("volume_b", name="Volume B")
        shop.accounts.create(name="old", pricing_tier="volume_b")
        clock.advance(60)
        shop.accounts.create(name="wanted", pricing_tier="volume_b", external_id="C-1")
        shop.accounts.create(name="asleep", pricing_tier="volume_b", active=False)
        shop.accounts.create(name="other")

        assert names(shop.accounts.list(external_id="C-1")) == ["wanted"]
        assert names(shop.accounts.list(pricing_tier="volume_b")) == ["old", "wanted", "asleep"]
        assert names(shop.accounts.list(active=False)) == ["asleep"]
        page = shop.accounts.list(
            pricing_tier="volume_b", active=True, updated_since="2026-03-15T14:33:07Z"
        )
        assert (names(page), page.total) == (["wanted"], 1)

    def test_updated_since_finds_an_account_whose_site_changed(
        self, shop: Workspace, clock: FakeClock
    ) -> None:
        account = shop.accounts.create(name="Midwest")
        clock.advance(60)
        shop.sites.create(account.id, name="Loop")

        assert names(shop.accounts.list(updated_since="2026-03-15T14:33:07Z")) == ["Midwest"]

    def test_unknown_parameter_is_refused(self, shop: Workspace) -> None:
        with pytest.raises(ValidationFailed):
            shop.accounts.list(nmae="x")  # type: ignore[call-arg]


def test_of_several_that_import_one_account_at_once_one_makes_it(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)
    made: list[BillingAccount] = []

    with ExpressB2B(f"sqlite:///{tmp_path / 'shop.db'}") as b2b:

        def work() -> None:
            barrier.wait()
            made.append(b2b.workspace().accounts.create(name="Midwest", external_id="C-1"))
            b2b.runtime.database.peewee.close()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(made) == 8
    assert len({account.id for account in made}) == 1
    assert sum(account.created for account in made) == 1


site_names = st.sampled_from(["Loop", "Gary", "Elgin"])
external_ids = st.one_of(st.none(), st.sampled_from(["S-1", "S-2", "S-3"]))


@given(
    batches=st.lists(
        st.lists(st.tuples(site_names, external_ids), max_size=4), min_size=1, max_size=4
    )
)
def test_whatever_is_imported_external_ids_stay_unique_and_repeats_change_nothing(
    b2b: ExpressB2B, batches: list[list[tuple[str, str | None]]]
) -> None:
    shop = b2b.create_workspace(f"w{b2b.runtime.new_id()}")
    shop.accounts.create(name="M", external_id="C")
    for batch in batches:
        sites: AccountInput = {
            "name": "M",
            "external_id": "C",
            "sites": [{"name": name, "external_id": external} for name, external in batch],
        }
        try:
            after = shop.accounts.create(**sites)
        except ValidationFailed:
            continue
        known = [site["external_id"] for site in after.sites if site["external_id"]]
        assert len(known) == len(set(known))
        assert after.sites_count == len(after.sites)
