from __future__ import annotations

import pytest

from expressb2b_core.rules import passwords
from expressb2b_core.rules.passwords import Cost

CHEAP = Cost(n=2, r=1, p=1)
SALT = bytes(range(16))
GOOD = "napkins for everybody"


@pytest.mark.parametrize("password", [GOOD, "żółw je sałatę", "  spaces count  ", "\ud800 odd one"])
def test_right_password_is_recognised(password: str) -> None:
    kept = passwords.protect(password, SALT, CHEAP)

    assert passwords.is_right(password, kept)


@pytest.mark.parametrize("guess", ["", "Napkins for everybody", GOOD + " ", GOOD[:-1]])
def test_any_other_password_is_wrong(guess: str) -> None:
    kept = passwords.protect(GOOD, SALT, CHEAP)

    assert not passwords.is_right(guess, kept)


def test_same_password_is_kept_differently_each_time() -> None:
    assert passwords.protect(GOOD, SALT, CHEAP) != passwords.protect(GOOD, SALT[::-1], CHEAP)


def test_password_does_not_stand_in_what_is_kept() -> None:
    assert GOOD not in passwords.protect(GOOD, SALT, CHEAP)


def test_default_cost_takes_sixteen_mebibytes_and_is_kept_beside_the_hash() -> None:
    kept = passwords.protect(GOOD, SALT)

    assert 128 * passwords.DEFAULT_COST.n * passwords.DEFAULT_COST.r == 16 * 1024 * 1024
    assert kept.startswith("scrypt$16384$8$5$")
    assert passwords.is_right(GOOD, kept)


def test_password_kept_at_another_cost_is_outdated() -> None:
    kept = passwords.protect(GOOD, SALT, CHEAP)

    assert passwords.is_outdated(kept)
    assert not passwords.is_outdated(kept, CHEAP)


def test_no_password_is_nobodys_though_comparing_works_the_same() -> None:
    kept = passwords.nobodys(CHEAP)

    assert kept.count("$") == passwords.protect(GOOD, SALT, CHEAP).count("$")
    assert not any(passwords.is_right(guess, kept) for guess in ("", GOOD, "\x00"))


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("eleven char", "at least 12"),
        ("x" * 201, "at most 200"),
        ("abababababababab", "too few"),
        ("Ana Maria Flores", "your name"),
        ("ANA@example.com", "your name or address"),
    ],
)
def test_unfit_password_is_told_why(password: str, problem: str) -> None:
    found = passwords.problem(password, "Ana Maria Flores", "ana@example.com")

    assert found is not None
    assert problem in found


def test_fit_password_has_no_problem() -> None:
    assert passwords.problem(GOOD, "Ana", "ana@example.com") is None
