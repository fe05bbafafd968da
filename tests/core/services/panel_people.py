"""Administrators for tests, with passwords that cost nothing."""

from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.rules import passwords
from expressb2b_core.services.administrators import Administrator, Administrators

PASSWORD = "napkins for everybody"
CHEAP = passwords.Cost(n=2, r=1, p=1)


def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep new passwords at next to no cost."""
    dear = passwords.protect
    monkeypatch.setattr(
        passwords, "protect", lambda password, salt, cost=CHEAP: dear(password, salt, CHEAP)
    )


def ana(b2b: ExpressB2B, role: str = "admin", email: str = "ana@example.com") -> Administrator:
    """An administrator who may sign in with `PASSWORD`."""
    people = Administrators(b2b.runtime)
    return people.create(name="Ana", email=email, role=role, password=PASSWORD)
