from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.services.authentication import (
    KeyUses,
    Principal,
    authenticate,
    authenticate_key,
)
from expressb2b_core.services.keys import NewKey
from expressb2b_core.services.scope import Actor
from tests.clocks import FakeClock
from tests.databases import statements_of


@pytest.fixture
def key(shop: Workspace) -> NewKey:
    return shop.keys.create("ERP")


def principal_of(b2b: ExpressB2B, key: NewKey) -> Principal:
    found = authenticate_key(b2b.runtime, key.key)
    assert found is not None
    return found


class TestAuthenticate:
    def test_bearer_of_a_key_is_known(self, b2b: ExpressB2B) -> None:
        tokyo = b2b.create_workspace("tokyo", currency="JPY")
        key = tokyo.keys.create("ERP", scopes=["orders:write", "catalog:read"], limits={"read": 7})

        found = authenticate(b2b.runtime, f"Bearer {key.key}")

        assert found == Principal(
            key_id=key.id,
            name="ERP",
            workspace_id=tokyo.scope.workspace_id,
            workspace_name="tokyo",
            currency="JPY",
            decimals=0,
            scopes=frozenset({"orders:read", "orders:write", "catalog:read"}),
            version="2026-03",
            limits={"read": 7, "write": 60, "webhook_registration": 10},
        )

    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
    def test_scheme_is_read_whatever_its_case(
        self, b2b: ExpressB2B, key: NewKey, scheme: str
    ) -> None:
        assert authenticate(b2b.runtime, scheme + key.key) is not None

    @pytest.mark.parametrize("before", ["", "Basic ", "Token ", "Bearer", "Bearer Bearer ", " "])
    def test_there_is_no_other_way_in(self, b2b: ExpressB2B, key: NewKey, before: str) -> None:
        assert authenticate(b2b.runtime, before + key.key) is None

    @pytest.mark.parametrize(
        "header", [None, "", "Bearer", "Bearer ", "Bearer \x00", "Bearer \ud800"]
    )
    def test_header_without_a_key_is_nobody(self, b2b: ExpressB2B, header: str | None) -> None:
        assert authenticate(b2b.runtime, header) is None

    def test_well_formed_key_that_was_never_made_is_unknown(
        self, b2b: ExpressB2B, shop: Workspace
    ) -> None:
        with ExpressB2B("sqlite:///:memory:", secret=b"another") as elsewhere:
            foreign = elsewhere.workspace().keys.create("ERP")

        assert authenticate_key(b2b.runtime, foreign.key) is None

    def test_it_takes_one_query(self, b2b: ExpressB2B, key: NewKey) -> None:
        seen = statements_of(b2b)

        principal_of(b2b, key)

        assert len(seen) == 1

    def test_mistyped_key_does_not_touch_the_database(self, b2b: ExpressB2B, key: NewKey) -> None:
        seen = statements_of(b2b)

        for index in range(len(key.key)):
            wrong = "x" if key.key[index] != "x" else "y"
            mistyped = key.key[:index] + wrong + key.key[index + 1 :]
            assert authenticate_key(b2b.runtime, mistyped) is None

        assert seen == []

    def test_nothing_is_remembered_between_requests(self, b2b: ExpressB2B, key: NewKey) -> None:
        principal_of(b2b, key)
        b2b.runtime.database.write(
            lambda: b2b.runtime.database.run_sql("UPDATE api_keys SET name = 'Renamed'")
        )

        assert principal_of(b2b, key).name == "Renamed"


def test_key_revoked_by_another_process_is_refused_at_once(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'shop.db'}"
    with ExpressB2B(address) as server, ExpressB2B(address) as command_line:
        key = server.workspace().keys.create("ERP")
        assert authenticate_key(server.runtime, key.key) is not None

        command_line.workspace().keys.revoke("ERP")

        assert authenticate_key(server.runtime, key.key) is None


class TestPrincipal:
    def test_write_implies_read_and_nothing_else(self, b2b: ExpressB2B, shop: Workspace) -> None:
        principal = principal_of(b2b, shop.keys.create("ERP", scopes=["orders:write"]))

        assert principal.allows("orders:read")
        assert principal.allows("orders:write")
        assert not principal.allows("catalog:read")

    def test_read_does_not_imply_write(self, b2b: ExpressB2B, shop: Workspace) -> None:
        principal = principal_of(b2b, shop.keys.create("ERP", scopes=["orders:read"]))

        assert not principal.allows("orders:write")

    def test_scope_is_its_workspace_with_the_key_as_actor(
        self, b2b: ExpressB2B, stranger: Workspace
    ) -> None:
        key = stranger.keys.create("ERP")

        scope = principal_of(b2b, key).scope(b2b.runtime)

        assert scope.workspace_id == stranger.scope.workspace_id
        assert (scope.workspace_name, scope.currency, scope.decimals) == ("stranger", "USD", 2)
        assert scope.actor == Actor("api_key", key.id, "ERP")


class TestKeyUses:
    def test_use_is_seen_after_the_next_flush(
        self, b2b: ExpressB2B, shop: Workspace, key: NewKey, clock: FakeClock
    ) -> None:
        uses = KeyUses(b2b.runtime)
        uses.note_use(key.id)
        clock.advance(5)
        before = shop.keys.get(key.id).last_used_at

        written = uses.flush_uses()

        assert (before, written) == (None, 1)
        assert shop.keys.get(key.id).last_used_at == "2026-03-15T14:32:07Z"

    def test_nothing_used_writes_nothing(self, b2b: ExpressB2B, key: NewKey) -> None:
        uses = KeyUses(b2b.runtime)
        uses.note_use(key.id)
        uses.flush_uses()
        seen = statements_of(b2b)

        assert uses.flush_uses() == 0
        assert seen == []

    def test_key_is_written_at_most_once_a_minute(
        self, b2b: ExpressB2B, shop: Workspace, key: NewKey, clock: FakeClock
    ) -> None:
        uses = KeyUses(b2b.runtime)
        written = []
        for _ in range(121):
            uses.note_use(key.id)
            written.append(uses.flush_uses())
            clock.advance(1)

        assert sum(written) == 3
        assert shop.keys.get(key.id).last_used_at == "2026-03-15T14:34:07Z"

    def test_end_writes_what_is_still_noted(
        self, b2b: ExpressB2B, shop: Workspace, key: NewKey, clock: FakeClock
    ) -> None:
        uses = KeyUses(b2b.runtime)
        uses.note_use(key.id)
        uses.flush_uses()
        clock.advance(30)
        uses.note_use(key.id)

        assert uses.flush_uses() == 0
        assert uses.flush_uses(everything=True) == 1
        assert shop.keys.get(key.id).last_used_at == "2026-03-15T14:32:37Z"

    def test_later_use_written_by_another_process_stays(
        self, b2b: ExpressB2B, shop: Workspace, key: NewKey, clock: FakeClock
    ) -> None:
        mine, theirs = KeyUses(b2b.runtime), KeyUses(b2b.runtime)
        mine.note_use(key.id)
        clock.advance(10)
        theirs.note_use(key.id)
        theirs.flush_uses()

        mine.flush_uses()

        assert shop.keys.get(key.id).last_used_at == "2026-03-15T14:32:17Z"

    def test_use_stays_noted_when_the_database_is_busy(
        self, b2b: ExpressB2B, shop: Workspace, key: NewKey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        uses = KeyUses(b2b.runtime)
        uses.note_use(key.id)
        with monkeypatch.context() as broken:
            broken.setattr(type(b2b.runtime.database), "write", _busy)
            with pytest.raises(StorageUnavailable):
                uses.flush_uses()

        assert uses.flush_uses() == 1

    def test_no_use_is_lost_between_threads(
        self, b2b: ExpressB2B, shop: Workspace, clock: FakeClock
    ) -> None:
        keys = [shop.keys.create(f"K{index}") for index in range(4)]
        uses = KeyUses(b2b.runtime)

        def work() -> None:
            for _ in range(200):
                uses.note_use(random.choice(keys).id)
                uses.flush_uses(everything=True)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert all(shop.keys.get(key.id).last_used_at is not None for key in keys)
        assert uses.flush_uses(everything=True) == 0


def _busy(*_: object) -> None:
    raise StorageUnavailable("The database is busy; nothing was changed.")
