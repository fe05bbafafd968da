"""Which accounts a list shows, and how it is walked."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import (
    InvalidCursor,
    ValidationFailed,
)
from expressb2b_core.inputs.accounts import AccountInput
from expressb2b_core.services.account_documents import BillingAccount
from tests.clocks import FakeClock
from tests.databases import statements_of


def names(accounts: object) -> list[str]:
    return [account.name for account in accounts]  # type: ignore[attr-defined]


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
