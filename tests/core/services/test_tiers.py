from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_core.errors import InUse, NotFound, Stale, ValidationFailed
from expressb2b_core.services.tiers import Tier, Tiers
from expressb2b_core.storage.database import Duplicate
from tests.clocks import FakeClock


def test_new_tier_is_read_back(shop: Workspace) -> None:
    made = shop.tiers.put("volume_b", name="Volume B")

    assert made.created
    assert made.to_dict() == {
        "code": "volume_b",
        "name": "Volume B",
        "created_at": "2026-03-15T14:32:07Z",
        "updated_at": "2026-03-15T14:32:07Z",
    }
    assert shop.tiers.get("volume_b") == made


def test_renaming_moves_updated_at_and_the_same_name_does_not(
    shop: Workspace, clock: FakeClock
) -> None:
    shop.tiers.put("gold", name="Gold")
    clock.advance(60)
    renamed = shop.tiers.put("gold", name="Gold+")
    clock.advance(60)
    again = shop.tiers.put("gold", name="Gold+")

    assert not renamed.created
    assert (renamed.name, renamed.updated_at) == ("Gold+", "2026-03-15T14:33:07Z")
    assert renamed.created_at == "2026-03-15T14:32:07Z"
    assert again == renamed == shop.tiers.get("gold")


@pytest.mark.parametrize(
    ("code", "fields", "pointers"),
    [
        ("two words", {"name": "x"}, ["/code"]),
        ("", {"name": "x"}, ["/code"]),
        ("a\x00", {"name": "x"}, ["/code"]),
        ("a", {}, ["/name"]),
        ("a", {"name": ""}, ["/name"]),
        ("-", {"name": None, "x": 1}, ["/code", "/name", "/x"]),
    ],
)
def test_tier_that_breaks_the_rules_is_refused(
    shop: Workspace, code: str, fields: dict[str, object], pointers: list[str]
) -> None:
    with pytest.raises(ValidationFailed) as failure:
        shop.tiers.put(code, **fields)

    assert [error.pointer for error in failure.value.errors] == pointers


@pytest.mark.parametrize("code", ["missing", "", "a\x00", "\ud800", "two words"])
def test_code_that_no_tier_has_is_not_found(shop: Workspace, code: str) -> None:
    with pytest.raises(NotFound):
        shop.tiers.get(code)
    with pytest.raises(NotFound):
        shop.tiers.delete(code)


def test_list_gives_tiers_by_code(shop: Workspace) -> None:
    made = {code: shop.tiers.put(code, name=code.upper()) for code in ("c", "a", "b")}

    page = shop.tiers.list(per_page=2)

    assert list(page) == [made["a"], made["b"]]
    assert page.total == 3
    assert list(shop.tiers.iterate(per_page=2)) == [made["a"], made["b"], made["c"]]
    assert list(shop.tiers.iterate(per_page=2, page=2)) == [made["c"]]


def test_unused_tier_is_removed(shop: Workspace) -> None:
    shop.tiers.put("gold", name="Gold")

    shop.tiers.delete("gold")

    with pytest.raises(NotFound):
        shop.tiers.get("gold")
    assert shop.tiers.put("gold", name="Gold").created


def test_tier_of_an_account_is_in_use(shop: Workspace) -> None:
    shop.tiers.put("gold", name="Gold")
    account = shop.accounts.create(name="Cafe", pricing_tier="gold")

    with pytest.raises(InUse):
        shop.tiers.delete("gold")
    shop.accounts.update(account.id, pricing_tier=None)

    shop.tiers.delete("gold")


def test_tier_with_prices_is_in_use_until_they_have_ended(shop: Workspace) -> None:
    shop.tiers.put("gold", name="Gold")
    shop.products.upsert(sku="A", name="A", pricing=[{"tier": "gold", "price": "1"}])

    with pytest.raises(InUse):
        shop.tiers.delete("gold")
    shop.products.upsert(sku="A", pricing=[{"tier": "gold", "price": None}])

    shop.tiers.delete("gold")


def test_conditions_are_kept(shop: Workspace) -> None:
    first = shop.tiers.put("gold", name="Gold")
    second = shop.tiers.put("gold", name="Gold+", if_match=frozenset({first.etag}))

    with pytest.raises(Stale):
        shop.tiers.put("gold", name="Gold++", if_match=frozenset({first.etag}))
    with pytest.raises(Stale):
        shop.tiers.delete("gold", if_match=frozenset({first.etag}))
    with pytest.raises(Stale):
        shop.tiers.put("silver", name="Silver", if_match=frozenset({"*"}))

    assert list(shop.tiers.list()) == [second]
    shop.tiers.delete("gold", if_match=frozenset({"*"}))
    assert shop.tiers.list().total == 0


def test_tier_that_another_transaction_made_meanwhile_is_renamed_instead(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Tiers._insert
    tries = []

    def too_late_once(tiers: Tiers, *given: object) -> Tier:
        tries.append(given)
        if len(tries) == 1:
            raise Duplicate("pricing_tiers.code")
        return really(tiers, *given)

    monkeypatch.setattr(Tiers, "_insert", too_late_once)

    assert shop.tiers.put("gold", name="Gold").name == "Gold"
    assert len(tries) == 2


def test_stranger_sees_and_changes_nothing_of_ours(shop: Workspace, stranger: Workspace) -> None:
    ours = shop.tiers.put("gold", name="ours")

    with pytest.raises(NotFound):
        stranger.tiers.get("gold")
    with pytest.raises(NotFound):
        stranger.tiers.delete("gold")
    theirs = stranger.tiers.put("gold", name="theirs")
    stranger.products.upsert(sku="A", name="A", pricing=[{"tier": "gold", "price": "1"}])

    assert theirs.created
    assert list(stranger.tiers.list()) == [theirs]
    assert list(shop.tiers.list()) == [ours]
    shop.tiers.delete("gold")
    assert stranger.tiers.get("gold") == theirs
