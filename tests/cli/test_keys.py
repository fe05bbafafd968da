"""`expressb2b keys`."""

from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.services.keys import authenticate
from tests.cli.conftest import Cli


def test_create_prints_one_object_with_the_text_to_send(cli: Cli, b2b: ExpressB2B) -> None:
    made = cli(
        "keys", "create", "--name", "ERP", "--scope", "orders:read", "--scope", "catalog:write",
        "--expires", "365d", "--limit", "read=600", "--version", "2026-03", "--json",
    ).json  # fmt: skip

    assert made["key"].startswith("eb2b_live_")
    assert (made["name"], made["scopes"]) == ("ERP", ["orders:read", "catalog:write"])
    assert made["expires_at"] is not None
    assert made["limits"]["read"] == 600
    assert authenticate(b2b.runtime, f"Bearer {made['key']}").key_id == made["id"]


def test_a_plain_key_may_do_everything_and_lives_for_ever(cli: Cli) -> None:
    made = cli("keys", "create", "--name", "ERP", "--json").json

    assert len(made["scopes"]) == 8
    assert made["expires_at"] is None


def test_people_are_told_that_the_text_is_shown_once(cli: Cli) -> None:
    ended = cli("keys", "create", "--name", "ERP")

    assert "eb2b_live_" in ended.out
    assert "cannot be shown again" in ended.err


def test_a_test_key_says_so(cli: Cli) -> None:
    made = cli("keys", "create", "--name", "T", "--test", "--json").json

    assert made["key"].startswith("eb2b_test_")


def test_a_key_belongs_to_the_workspace_that_was_named(cli: Cli) -> None:
    cli("workspaces", "create", "berlin")

    cli("keys", "create", "--name", "Berlin", "--workspace", "berlin")

    assert cli("keys", "list", "--json").json["data"] == []


@pytest.mark.parametrize(
    "option",
    [
        ["--scope", "orders:delete"],
        ["--expires", "soon"],
        ["--expires", "0d"],
        ["--limit", "read"],
        ["--limit", "sleep=3"],
        ["--limit", "read=0"],
        ["--limit", "read=²"],
        ["--version", "1999-01"],
    ],
)
def test_a_bad_value_ends_with_2(cli: Cli, option: list[str]) -> None:
    assert cli("keys", "create", "--name", "ERP", *option, "--json").code == 2


def test_an_unknown_workspace_is_not_found(cli: Cli) -> None:
    assert cli("keys", "create", "--name", "ERP", "--workspace", "nowhere").code == 3


def test_rotating_gives_a_new_text_with_the_same_settings(cli: Cli, b2b: ExpressB2B) -> None:
    old = cli("keys", "create", "--name", "ERP", "--scope", "orders:read", "--json").json

    new = cli("keys", "rotate", "ERP", "--overlap", "1h", "--json").json

    assert new["scopes"] == ["orders:read"]
    for key in (old, new):
        assert authenticate(b2b.runtime, f"Bearer {key['key']}").key_id == key["id"]


def test_a_revoked_key_is_listed_unless_only_active_ones_are_wanted(cli: Cli) -> None:
    made = cli("keys", "create", "--name", "ERP", "--json").json

    revoked = cli("keys", "revoke", made["prefix"], "--json").json

    assert revoked["state"] == "revoked"
    assert cli("keys", "show", made["id"], "--json").json["state"] == "revoked"
    assert cli("keys", "list", "--json").json["meta"] == {"total": 1}
    assert cli("keys", "list", "--active", "--json").json["meta"] == {"total": 0}


@pytest.mark.parametrize("action", ["show", "rotate", "revoke"])
def test_a_key_that_does_not_exist_is_not_found(cli: Cli, action: str) -> None:
    assert cli("keys", action, "nobody").code == 3


def test_the_text_of_a_key_is_never_shown_again(cli: Cli) -> None:
    text = cli("keys", "create", "--name", "ERP", "--json").json["key"]

    later = cli("keys", "list").out + cli("keys", "show", "ERP").out

    assert text not in later
