from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import RateLimited
from expressb2b_core.rules import passwords
from expressb2b_core.services import sign_in
from expressb2b_core.services.administrators import Administrators
from expressb2b_core.services.sign_in import SignIn
from tests.clocks import FakeClock
from tests.core.services.panel_people import CHEAP, PASSWORD, ana, cheap_passwords

HOME = "192.0.2.7"
ELSEWHERE = "198.51.100.9"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_passwords(monkeypatch)


@pytest.fixture
def door(b2b: ExpressB2B) -> SignIn:
    ana(b2b)
    return SignIn(b2b.runtime, CHEAP)


def test_right_password_says_who_it_is(b2b: ExpressB2B, door: SignIn) -> None:
    found = door.attempt(" Ana@example.com ", PASSWORD, HOME)

    assert found == Administrators(b2b.runtime).get("ana@example.com").actor


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ana@example.com", "wrong"),
        ("ana@example.com", ""),
        ("nobody@example.com", PASSWORD),
        ("", PASSWORD),
        ("\x00", PASSWORD),
    ],
)
def test_anything_else_is_refused(door: SignIn, email: str, password: str) -> None:
    assert door.attempt(email, password, HOME) is None


def test_invited_and_disabled_ones_are_refused(b2b: ExpressB2B, door: SignIn) -> None:
    people = Administrators(b2b.runtime)
    people.create(name="Bo", email="bo@example.com")
    ana(b2b, email="cy@example.com")
    people.disable("cy@example.com")

    assert door.attempt("bo@example.com", PASSWORD, HOME) is None
    assert door.attempt("cy@example.com", PASSWORD, HOME) is None


def test_unknown_name_costs_as_much_as_a_wrong_password(
    door: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    real = passwords.is_right

    def seen(password: str, kept: str) -> bool:
        compared.append(kept.rpartition("$")[0].rpartition("$")[0])
        return real(password, kept)

    monkeypatch.setattr(passwords, "is_right", seen)
    door.attempt("ana@example.com", "wrong", HOME)
    door.attempt("nobody@example.com", "wrong", HOME)

    assert compared == ["scrypt$2$1$1"] * 2


def test_guessing_is_stopped_before_the_password_is_looked_at(door: SignIn) -> None:
    for _ in range(sign_in.FAILURES_PER_PERSON):
        door.attempt("ana@example.com", "wrong", HOME)

    with pytest.raises(RateLimited) as refused:
        door.attempt("ana@example.com", PASSWORD, HOME)

    assert refused.value.retry_after_seconds == sign_in.WINDOW_SECONDS


def test_waiting_as_told_helps(door: SignIn, clock: FakeClock) -> None:
    for _ in range(sign_in.FAILURES_PER_PERSON):
        door.attempt("ana@example.com", "wrong", HOME)
    clock.advance(sign_in.WINDOW_SECONDS)

    assert door.attempt("ana@example.com", PASSWORD, HOME) is not None


def test_owner_gets_in_from_elsewhere_while_somebody_guesses(door: SignIn) -> None:
    for _ in range(sign_in.FAILURES_PER_PERSON):
        door.attempt("ana@example.com", "wrong", HOME)

    assert door.attempt("ana@example.com", PASSWORD, ELSEWHERE) is not None


def test_right_password_starts_the_count_anew(door: SignIn) -> None:
    for _ in range(3):
        for _ in range(sign_in.FAILURES_PER_PERSON - 1):
            door.attempt("ana@example.com", "wrong", HOME)
        assert door.attempt("ana@example.com", PASSWORD, HOME) is not None


def test_one_address_cannot_try_many_accounts(door: SignIn) -> None:
    for number in range(sign_in.ATTEMPTS_PER_ADDRESS):
        door.attempt(f"{number}@example.com", "wrong", HOME)

    with pytest.raises(RateLimited):
        door.attempt("ana@example.com", PASSWORD, HOME)


def test_many_addresses_cannot_try_one_account_for_ever(door: SignIn) -> None:
    for number in range(sign_in.ATTEMPTS_PER_ACCOUNT):
        door.attempt("ana@example.com", "wrong", f"192.0.2.{number}")

    with pytest.raises(RateLimited):
        door.attempt("ana@example.com", PASSWORD, HOME)


def test_password_is_kept_better_once_it_is_known(b2b: ExpressB2B, door: SignIn) -> None:
    dearer = passwords.Cost(n=4, r=1, p=1)
    stronger = SignIn(b2b.runtime, dearer)

    assert stronger.attempt("ana@example.com", PASSWORD, HOME) is not None
    assert stronger.attempt("ana@example.com", PASSWORD, HOME) is not None
