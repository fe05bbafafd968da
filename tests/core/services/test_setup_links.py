from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import NotFound, ValidationFailed
from expressb2b_core.services import audit, setup_links
from expressb2b_core.services.administrators import Administrators
from tests.clocks import FakeClock
from tests.core.services.panel_people import PASSWORD, ana, cheap_passwords
from tests.databases import everything_in


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_passwords(monkeypatch)


def opened(b2b: ExpressB2B, path: str) -> str | None:
    return setup_links.exchange(b2b.runtime, path.partition("token=")[2])


def grant_of(b2b: ExpressB2B, path: str) -> str:
    found = opened(b2b, path)
    assert found is not None
    return found


def test_first_link_makes_an_administrator_with_all_rights(b2b: ExpressB2B) -> None:
    path = setup_links.make_if_nobody(b2b.runtime)
    assert path is not None
    assert path.startswith("/admin/setup?token=")

    made = setup_links.finish(
        b2b.runtime, grant_of(b2b, path), name="Ana", email="ana@example.com", password=PASSWORD
    )

    assert (made.role, made.state) == ("admin", "active")
    assert setup_links.make_if_nobody(b2b.runtime) is None


def test_link_opens_once(b2b: ExpressB2B) -> None:
    path = setup_links.make(b2b.runtime)
    grant_of(b2b, path)

    assert opened(b2b, path) is None


def test_link_opens_within_half_an_hour(b2b: ExpressB2B, clock: FakeClock) -> None:
    early, late = setup_links.make(b2b.runtime), setup_links.make(b2b.runtime)

    clock.advance(1799)
    assert opened(b2b, early) is not None
    clock.advance(1)

    assert opened(b2b, late) is None


def test_grant_lasts_half_an_hour(b2b: ExpressB2B, clock: FakeClock) -> None:
    grant = grant_of(b2b, setup_links.make(b2b.runtime))
    clock.advance(1800)

    assert setup_links.find_grant(b2b.runtime, grant) is None
    with pytest.raises(NotFound):
        setup_links.finish(b2b.runtime, grant, name="A", email="a@b.c", password=PASSWORD)


def test_grant_works_once(b2b: ExpressB2B) -> None:
    grant = grant_of(b2b, setup_links.make(b2b.runtime))
    setup_links.finish(b2b.runtime, grant, name="Ana", email="ana@example.com", password=PASSWORD)

    with pytest.raises(NotFound):
        setup_links.finish(b2b.runtime, grant, name="B", email="b@b.c", password=PASSWORD)


def test_grant_survives_a_password_that_is_refused(b2b: ExpressB2B) -> None:
    grant = grant_of(b2b, setup_links.make(b2b.runtime))

    with pytest.raises(ValidationFailed):
        setup_links.finish(b2b.runtime, grant, name="Ana", email="ana@example.com", password="x")

    assert setup_links.find_grant(b2b.runtime, grant) is not None
    assert Administrators(b2b.runtime).list() == []


def test_using_one_link_closes_the_others(b2b: ExpressB2B) -> None:
    other = setup_links.make(b2b.runtime)
    grant = grant_of(b2b, setup_links.make(b2b.runtime))

    setup_links.finish(b2b.runtime, grant, name="Ana", email="ana@example.com", password=PASSWORD)

    assert opened(b2b, other) is None


def test_known_address_gets_the_new_password_and_all_rights(b2b: ExpressB2B) -> None:
    ana(b2b)
    lost = ana(b2b, role="read_only", email="lost@example.com")
    Administrators(b2b.runtime).disable(lost.id)
    grant = grant_of(b2b, setup_links.make(b2b.runtime))

    found = setup_links.finish(
        b2b.runtime, grant, name="Ana", email="LOST@example.com", password=PASSWORD + "!"
    )

    assert (found.id, found.role, found.state) == (lost.id, "admin", "active")


def test_invitation_sets_the_password_of_that_one_alone(b2b: ExpressB2B) -> None:
    invited = Administrators(b2b.runtime).create(name="Bo", email="bo@example.com", role="approver")
    path = setup_links.make(b2b.runtime, administrator_id=invited.id)
    grant = grant_of(b2b, path)

    known = setup_links.find_grant(b2b.runtime, grant)
    found = setup_links.finish(
        b2b.runtime, grant, name="King", email="king@example.com", password=PASSWORD
    )

    assert known is not None
    assert known.administrator == invited
    assert (found.id, found.name, found.role, found.state) == (
        invited.id,
        "Bo",
        "approver",
        "active",
    )


def test_newer_invitation_closes_the_older(b2b: ExpressB2B) -> None:
    invited = Administrators(b2b.runtime).create(name="Bo", email="bo@example.com")
    older = setup_links.make(b2b.runtime, administrator_id=invited.id)
    setup_links.make(b2b.runtime, administrator_id=invited.id)

    assert opened(b2b, older) is None


def test_nobody_can_be_invited_who_does_not_exist(b2b: ExpressB2B) -> None:
    with pytest.raises(NotFound):
        setup_links.make(b2b.runtime, administrator_id="nobody")


def test_token_is_stored_nowhere(b2b: ExpressB2B) -> None:
    path = setup_links.make(b2b.runtime)
    grant = grant_of(b2b, path)

    stored = everything_in(b2b)

    assert path.partition("token=")[2] not in stored
    assert grant not in stored


def test_links_are_in_the_audit_log(b2b: ExpressB2B) -> None:
    setup_links.make(b2b.runtime)

    (entry,) = audit.entries(b2b.workspace().scope, subject_type="setup_link")

    assert entry.action == "setup_link.made"
