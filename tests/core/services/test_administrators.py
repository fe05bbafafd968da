from __future__ import annotations

import pytest

from expressb2b_core import Actor, ExpressB2B
from expressb2b_core.errors import AlreadyExists, Conflict, NotFound, ValidationFailed
from expressb2b_core.services import admin_sessions, audit
from expressb2b_core.services.administrators import Administrators
from tests.clocks import FakeClock
from tests.core.services.panel_people import PASSWORD, ana, cheap_passwords
from tests.databases import everything_in


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_passwords(monkeypatch)


@pytest.fixture
def people(b2b: ExpressB2B) -> Administrators:
    return Administrators(b2b.runtime, Actor("admin", "01936a11-0000-7000-8000-000000000000", "Bo"))


def test_new_administrator_is_active_with_a_password(b2b: ExpressB2B) -> None:
    made = ana(b2b)

    assert made.created
    assert made.to_dict() == {
        "id": made.id,
        "name": "Ana",
        "email": "ana@example.com",
        "role": "admin",
        "state": "active",
        "created_at": "2026-03-15T14:32:07Z",
        "disabled_at": None,
        "last_sign_in_at": None,
    }


def test_without_a_password_it_is_invited(people: Administrators) -> None:
    assert people.create(name="Ana", email="ana@example.com").state == "invited"


def test_address_is_one_whatever_its_case(people: Administrators) -> None:
    made = people.create(name="Ana", email="Ana@Example.com")

    with pytest.raises(AlreadyExists):
        people.create(name="Another", email="ana@example.COM")
    assert people.get("ANA@example.com") == made


def test_everything_wrong_is_told_at_once(people: Administrators) -> None:
    with pytest.raises(ValidationFailed) as refused:
        people.create(name="", email="nowhere", role="king")

    assert [error.pointer for error in refused.value.errors] == ["/name", "/email", "/role"]


def test_weak_password_is_refused(people: Administrators) -> None:
    with pytest.raises(ValidationFailed) as refused:
        people.create(name="Ana", email="ana@example.com", password="short")

    assert [error.pointer for error in refused.value.errors] == ["/password"]
    assert "short" not in str(refused.value)


def test_absent_administrator_is_not_found(people: Administrators) -> None:
    for reference in ("nobody@example.com", "", "\x00"):
        with pytest.raises(NotFound):
            people.get(reference)


def test_role_and_name_can_change(b2b: ExpressB2B, people: Administrators) -> None:
    ana(b2b)
    other = ana(b2b, email="other@example.com")

    changed = people.update(other.id, role="read_only", name="Only looks")

    assert (changed.role, changed.name) == ("read_only", "Only looks")


@pytest.mark.parametrize("how", ["disable", "demote"])
def test_the_last_one_in_charge_stays(b2b: ExpressB2B, people: Administrators, how: str) -> None:
    last = ana(b2b)
    ana(b2b, role="approver", email="approver@example.com")
    people.create(name="Only invited", email="invited@example.com")

    with pytest.raises(Conflict, match="only one in charge"):
        people.disable(last.id) if how == "disable" else people.update(last.id, role="approver")

    assert people.get(last.id) == last


def test_disabled_one_can_be_enabled_again(b2b: ExpressB2B, people: Administrators) -> None:
    ana(b2b)
    other = ana(b2b, email="other@example.com")

    assert people.disable(other.email).state == "disabled"
    assert people.enable(other.email).state == "active"


@pytest.mark.parametrize("how", ["disable", "set_password"])
def test_sessions_end_with_it(b2b: ExpressB2B, people: Administrators, how: str) -> None:
    ana(b2b)
    other = ana(b2b, email="other@example.com")
    token = admin_sessions.begin(b2b.runtime, other.actor)

    if how == "disable":
        people.disable(other.id)
    else:
        people.set_password(other.id, PASSWORD + "!")

    assert admin_sessions.find(b2b.runtime, token) is None


def test_changes_are_in_the_audit_log_without_passwords(
    b2b: ExpressB2B, people: Administrators, clock: FakeClock
) -> None:
    made = people.create(name="Ana", email="ana@example.com", password=PASSWORD)
    people.set_password(made.id, PASSWORD + "!")
    people.update(made.id, name="Anna")

    scope = b2b.workspace().scope
    found = list(audit.entries(scope, subject_type="administrator", subject_id=made.id))

    assert [entry.action for entry in found] == [
        "administrator.changed",
        "administrator.password_set",
        "administrator.created",
    ]
    assert found[0].actor["name"] == "Bo"
    assert found[0].details["changes"] == {"name": ["Ana", "Anna"]}
    assert all(PASSWORD not in entry.text and "scrypt" not in entry.text for entry in found)


def test_password_is_stored_as_its_scrypt_alone(b2b: ExpressB2B) -> None:
    ana(b2b)

    stored = everything_in(b2b)

    assert "scrypt$" in stored
    assert PASSWORD not in stored
