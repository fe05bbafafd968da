from __future__ import annotations

import pytest

from expressb2b_core import Actor, ExpressB2B
from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.services import admin_sessions, audit
from expressb2b_core.services.administrators import Administrators
from tests.clocks import FakeClock
from tests.databases import everything_in


@pytest.fixture
def who(b2b: ExpressB2B) -> Actor:
    return Administrators(b2b.runtime).create(name="Ana", email="ana@example.com").actor


def test_token_opens_its_session(b2b: ExpressB2B, who: Actor) -> None:
    token = admin_sessions.begin(b2b.runtime, who)

    found = admin_sessions.find(b2b.runtime, token)

    assert found is not None
    assert (found.actor, found.role, found.email) == (who, "admin", "ana@example.com")


def test_each_sign_in_has_a_token_of_its_own(b2b: ExpressB2B, who: Actor) -> None:
    first, second = (admin_sessions.begin(b2b.runtime, who) for _ in range(2))

    assert first != second


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\ud800"])
def test_any_other_token_opens_nothing(b2b: ExpressB2B, who: Actor, token: str) -> None:
    admin_sessions.begin(b2b.runtime, who)

    assert admin_sessions.find(b2b.runtime, token) is None


def test_stolen_database_signs_nobody_in(b2b: ExpressB2B, who: Actor) -> None:
    token = admin_sessions.begin(b2b.runtime, who)

    assert token not in everything_in(b2b)


def test_session_ends_at_once(b2b: ExpressB2B, who: Actor) -> None:
    token, other = (admin_sessions.begin(b2b.runtime, who) for _ in range(2))
    found = admin_sessions.find(b2b.runtime, token)
    assert found is not None

    admin_sessions.end(b2b.runtime, found)

    assert admin_sessions.find(b2b.runtime, token) is None
    assert admin_sessions.find(b2b.runtime, other) is not None


def test_open_sessions_are_listed_and_ended_but_for_one(
    b2b: ExpressB2B, who: Actor, clock: FakeClock
) -> None:
    admin_sessions.begin(b2b.runtime, who)
    clock.advance(seconds=admin_sessions.IDLE_SECONDS - 60)
    laptop = admin_sessions.begin(b2b.runtime, who)
    clock.advance(seconds=120)  # the first has ended by itself
    phone = admin_sessions.begin(b2b.runtime, who)
    assert who.id is not None
    kept = admin_sessions.find(b2b.runtime, phone)
    assert kept is not None

    before = admin_sessions.list_open(b2b.runtime, who.id)
    ended = Administrators(b2b.runtime, who).sign_out(who.id, but=kept.digest)
    after = admin_sessions.list_open(b2b.runtime, who.id)

    assert ([one.digest for one in before][:1], len(before)) == ([kept.digest], 2)
    assert (ended, [one.digest for one in after]) == (1, [kept.digest])
    assert admin_sessions.find(b2b.runtime, laptop) is None
    assert admin_sessions.find(b2b.runtime, phone) is not None
    entry = next(iter(audit.entries(b2b.workspace().scope)))
    assert (entry.action, entry.details["ended"]) == ("administrator.sessions_ended", 1)


def test_signing_out_who_is_not_signed_in_leaves_no_entry(b2b: ExpressB2B, who: Actor) -> None:
    assert Administrators(b2b.runtime, who).sign_out("ana@example.com") == 0

    assert [one.action for one in audit.entries(b2b.workspace().scope)] == ["administrator.created"]


def test_session_that_is_not_used_ends_by_itself(
    b2b: ExpressB2B, who: Actor, clock: FakeClock
) -> None:
    token = admin_sessions.begin(b2b.runtime, who)

    clock.advance(admin_sessions.IDLE_SECONDS - 1)
    assert admin_sessions.find(b2b.runtime, token) is not None
    clock.advance(admin_sessions.IDLE_SECONDS)

    assert admin_sessions.find(b2b.runtime, token) is None


def test_session_that_is_used_ends_after_a_week_all_the_same(
    b2b: ExpressB2B, who: Actor, clock: FakeClock
) -> None:
    token = admin_sessions.begin(b2b.runtime, who)
    hours = 0

    while admin_sessions.find(b2b.runtime, token) is not None:
        clock.advance(3600)
        hours += 1

    assert hours == admin_sessions.LIFETIME_SECONDS // 3600


def test_reading_goes_on_while_the_database_cannot_be_written(
    b2b: ExpressB2B, who: Actor, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = admin_sessions.begin(b2b.runtime, who)
    clock.advance(admin_sessions.SEEN_RESOLUTION_SECONDS)

    def refuse(_: object) -> None:
        raise StorageUnavailable("full")

    monkeypatch.setattr(b2b.runtime.database, "write", refuse)

    assert admin_sessions.find(b2b.runtime, token) is not None


def test_sign_in_is_remembered(b2b: ExpressB2B, who: Actor) -> None:
    admin_sessions.begin(b2b.runtime, who)

    found = Administrators(b2b.runtime).get("ana@example.com")

    assert found.last_sign_in_at == "2026-03-15T14:32:07Z"
