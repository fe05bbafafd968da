"""`admin`: the people who sign in to the panel."""

from __future__ import annotations

import pytest

from expressb2b_cli.commands.admin import PASSWORD_VARIABLE
from expressb2b_core import ExpressB2B
from expressb2b_core.services import setup_links
from tests.cli.conftest import Cli

GOOD = "correct horse battery staple"


def test_a_setup_link_can_be_opened_once(cli: Cli, b2b: ExpressB2B) -> None:
    made = cli("admin", "setup-link", "--json").json
    token = made["url"].partition("?token=")[2]

    assert made["url"].startswith("http://127.0.0.1:8000/admin/setup?token=")
    assert made["valid_seconds"] == 1800
    assert setup_links.exchange(b2b.runtime, token) is not None
    assert setup_links.exchange(b2b.runtime, token) is None


def test_a_link_for_nobody_is_not_found(cli: Cli) -> None:
    assert cli("admin", "setup-link", "--for", "nobody@example.com").code == 3


def test_an_administrator_is_made_listed_disabled_and_let_in_again(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, GOOD)

    made = cli("admin", "create", "ana@example.com", "--name", "Ana", "--json").json
    cli("admin", "create", "ben@example.com", "--name", "Ben", "--role", "approver")
    listed = cli("admin", "list", "--json").json
    off = cli("admin", "disable", "ben@example.com", "--json").json
    on = cli("admin", "disable", "ben@example.com", "--undo", "--json").json

    assert (made["email"], made["role"], made["state"]) == ("ana@example.com", "admin", "active")
    assert GOOD not in str(made)
    assert [row["name"] for row in listed["data"]] == ["Ana", "Ben"]
    assert (off["state"], on["state"]) == ("disabled", "active")


def test_the_last_one_in_charge_cannot_be_disabled(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, GOOD)
    cli("admin", "create", "ana@example.com", "--name", "Ana")

    assert cli("admin", "disable", "ana@example.com").code == 4


def test_a_password_is_never_prompted_for_without_a_terminal(cli: Cli) -> None:
    assert cli("admin", "create", "ana@example.com", "--name", "Ana").code == 2
