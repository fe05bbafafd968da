from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import Conflict, NotFound, UnknownVersion, ValidationFailed
from expressb2b_core.inputs.keys import ALL_SCOPES
from expressb2b_core.rules import key_format
from expressb2b_core.services.keys import authenticate_key
from tests.clocks import FakeClock
from tests.databases import everything_in
from tests.refusals import problems

YEAR = 365 * 86_400


def works(b2b: ExpressB2B, key: str) -> bool:
    return authenticate_key(b2b.runtime, key) is not None


class TestCreate:
    def test_new_key_may_do_everything_for_ever(self, b2b: ExpressB2B, shop: Workspace) -> None:
        key = shop.keys.create("ERP")

        assert key.created
        assert key.to_dict() == {
            "id": key.id,
            "key": key.key,
            "name": "ERP",
            "workspace": "default",
            "state": "active",
            "mode": "live",
            "prefix": key.key[len("eb2b_live_") :][:8],
            "scopes": list(ALL_SCOPES),
            "version": b2b.runtime.versions.newest,
            "limits": {"read": 120, "write": 60, "webhook_registration": 10},
            "created_at": "2026-03-15T14:32:07Z",
            "expires_at": None,
            "revoked_at": None,
            "last_used_at": None,
        }
        assert works(b2b, key.key)

    def test_settings_are_kept(self, shop: Workspace) -> None:
        made = shop.keys.create(
            "WMS",
            scopes=["orders:read", "catalog:write", "orders:read"],
            expires_in_seconds=YEAR,
            limits={"read": 600},
            version="2026-03",
            mode="test",
        )

        key = shop.keys.get(made.id)

        assert made.key.startswith("eb2b_test_")
        assert key.mode == "test"
        assert key.scopes == ["orders:read", "catalog:write"]
        assert key.expires_at == "2027-03-15T14:32:07Z"
        assert key.limits == {"read": 600, "write": 60, "webhook_registration": 10}
        assert key.version == "2026-03"

    def test_text_is_stored_nowhere_and_shown_once(self, b2b: ExpressB2B, shop: Workspace) -> None:
        made = shop.keys.create("ERP")

        stored = everything_in(b2b)

        assert made.key not in stored
        assert key_format.digest(made.key) in stored
        assert "key" not in shop.keys.get(made.id)
        assert all("key" not in key for key in shop.keys.list())

    def test_text_does_not_slip_into_logs(self, shop: Workspace) -> None:
        made = shop.keys.create("ERP")

        assert made.key not in repr(made)
        assert made.prefix in repr(made)

    def test_bad_settings_are_named_all_at_once(self, shop: Workspace) -> None:
        with pytest.raises(ValidationFailed) as refused:
            shop.keys.create(
                " ",
                scopes=["orders:read", "orders:delete"],
                expires_in_seconds=0,
                limits={"read": 0, "wirte": 5},
                mode="prod",
            )

        assert problems(refused) == [
            ("/name", "invalid_format"),
            ("/scopes/1", "invalid_choice"),
            ("/expires_in_seconds", "out_of_range"),
            ("/limits/read", "out_of_range"),
            ("/limits/wirte", "unknown_field"),
            ("/mode", "invalid_choice"),
        ]
        assert shop.keys.list() == []

    def test_key_that_may_do_nothing_is_refused(self, shop: Workspace) -> None:
        with pytest.raises(ValidationFailed) as refused:
            shop.keys.create("ERP", scopes=[])

        assert problems(refused) == [("/scopes", "invalid_length")]

    def test_unknown_version_is_refused(self, shop: Workspace) -> None:
        with pytest.raises(UnknownVersion):
            shop.keys.create("ERP", version="1999-01")

        assert shop.keys.list() == []


class TestGet:
    def test_finds_by_id_prefix_or_name(self, shop: Workspace) -> None:
        made = shop.keys.create("ERP")
        shop.keys.create("WMS")

        for reference in (made.id, made.prefix, "ERP"):
            assert shop.keys.get(reference).id == made.id

    def test_id_and_prefix_come_before_a_name(self, shop: Workspace) -> None:
        first = shop.keys.create("ERP")
        shop.keys.create(first.id)
        shop.keys.create(first.prefix)

        assert shop.keys.get(first.id).id == first.id
        assert shop.keys.get(first.prefix).id == first.id

    def test_name_stands_for_the_active_key(self, shop: Workspace) -> None:
        first = shop.keys.create("ERP")
        second = shop.keys.create("ERP")
        shop.keys.revoke(second.id)

        assert shop.keys.get("ERP").id == first.id

    def test_name_of_several_active_keys_is_refused(self, shop: Workspace) -> None:
        shop.keys.create("ERP")
        shop.keys.create("ERP")

        with pytest.raises(Conflict):
            shop.keys.get("ERP")

    @pytest.mark.parametrize("reference", ["WMS", "", "a\x00b", "%"])
    def test_unknown_key_is_not_found(self, shop: Workspace, reference: str) -> None:
        shop.keys.create("ERP")

        with pytest.raises(NotFound):
            shop.keys.get(reference)

    def test_stranger_sees_and_ends_none(
        self, b2b: ExpressB2B, shop: Workspace, stranger: Workspace
    ) -> None:
        made = shop.keys.create("ERP")

        for reference in (made.id, made.prefix, "ERP"):
            with pytest.raises(NotFound):
                stranger.keys.get(reference)
            with pytest.raises(NotFound):
                stranger.keys.revoke(reference)
            with pytest.raises(NotFound):
                stranger.keys.rotate(reference)

        assert stranger.keys.list() == []
        assert works(b2b, made.key)


class TestRevoke:
    def test_revoked_key_is_refused_from_then_on(self, b2b: ExpressB2B, shop: Workspace) -> None:
        made = shop.keys.create("ERP")

        revoked = shop.keys.revoke(made.id)

        assert (revoked.state, revoked.revoked_at) == ("revoked", "2026-03-15T14:32:07Z")
        assert not works(b2b, made.key)
        assert shop.keys.get(made.id) == revoked

    def test_again_changes_nothing(self, shop: Workspace, clock: FakeClock) -> None:
        made = shop.keys.create("ERP")
        first = shop.keys.revoke(made.id)
        clock.advance(60)

        assert shop.keys.revoke(made.id).text == first.text
        assert shop.keys.get(made.id).text == first.text

    def test_others_work_on(self, b2b: ExpressB2B, shop: Workspace) -> None:
        first, second = shop.keys.create("ERP"), shop.keys.create("WMS")

        shop.keys.revoke(first.id)

        assert works(b2b, second.key)


class TestExpiry:
    def test_key_works_until_the_second_before_its_expiry(
        self, b2b: ExpressB2B, shop: Workspace, clock: FakeClock
    ) -> None:
        made = shop.keys.create("ERP", expires_in_seconds=90)

        clock.advance(89)
        before = works(b2b, made.key)
        clock.advance(1)

        assert before
        assert not works(b2b, made.key)
        assert shop.keys.get(made.id).state == "expired"


class TestRotate:
    def test_new_text_has_the_same_settings_and_the_old_one_ends(
        self, b2b: ExpressB2B, shop: Workspace, clock: FakeClock
    ) -> None:
        old = shop.keys.create(
            "ERP",
            scopes=["orders:read"],
            expires_in_seconds=YEAR,
            limits={"write": 5},
            mode="test",
        )
        clock.advance(60)

        new = shop.keys.rotate(old.id)

        kept = ("name", "scopes", "expires_at", "limits", "version", "mode")
        assert {name: new[name] for name in kept} == {name: old[name] for name in kept}
        assert new.created_at == "2026-03-15T14:33:07Z"
        assert new.id != old.id
        assert works(b2b, new.key)
        assert not works(b2b, old.key)
        assert shop.keys.get(old.id).state == "revoked"

    def test_old_text_works_for_the_overlap(
        self, b2b: ExpressB2B, shop: Workspace, clock: FakeClock
    ) -> None:
        old = shop.keys.create("ERP")

        new = shop.keys.rotate("ERP", overlap_seconds=3600)
        clock.advance(3599)
        during = (works(b2b, old.key), works(b2b, new.key))
        clock.advance(1)

        assert during == (True, True)
        assert (works(b2b, old.key), works(b2b, new.key)) == (False, True)

    def test_overlap_never_prolongs_a_key(
        self, b2b: ExpressB2B, shop: Workspace, clock: FakeClock
    ) -> None:
        old = shop.keys.create("ERP", expires_in_seconds=60)

        shop.keys.rotate(old.id, overlap_seconds=3600)
        clock.advance(60)

        assert not works(b2b, old.key)

    def test_key_that_has_ended_cannot_be_rotated(self, shop: Workspace, clock: FakeClock) -> None:
        revoked = shop.keys.create("ERP")
        shop.keys.revoke(revoked.id)
        expired = shop.keys.create("WMS", expires_in_seconds=1)
        clock.advance(1)

        for key in (revoked, expired):
            with pytest.raises(Conflict):
                shop.keys.rotate(key.id)

        assert len(shop.keys.list()) == 2

    @pytest.mark.parametrize("overlap", [-1, 10**12])
    def test_impossible_overlap_is_refused(
        self, b2b: ExpressB2B, shop: Workspace, overlap: int
    ) -> None:
        old = shop.keys.create("ERP")

        with pytest.raises(ValidationFailed) as refused:
            shop.keys.rotate(old.id, overlap_seconds=overlap)

        assert problems(refused) == [("/overlap_seconds", "out_of_range")]
        assert works(b2b, old.key)


def test_keys_are_listed_oldest_first_with_those_that_ended(
    shop: Workspace, clock: FakeClock
) -> None:
    shop.keys.create("first")
    shop.keys.create("second", expires_in_seconds=1)
    shop.keys.revoke("first")
    clock.advance(1)
    shop.keys.create("third")

    found = [(key.name, key.state) for key in shop.keys.list()]

    assert found == [("first", "revoked"), ("second", "expired"), ("third", "active")]
