"""`expressb2b workspaces`, `init`, `config` and `db`: the house itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.storage.tables import SCHEMA_VERSION
from tests.cli.conftest import Cli


def test_a_workspace_is_made_with_its_currency(cli: Cli) -> None:
    made = cli("workspaces", "create", "berlin", "--currency", "EUR", "--json").json

    assert (made["name"], made["currency"]) == ("berlin", "EUR")
    assert [row["name"] for row in cli("workspaces", "list", "--json").json["data"]] == [
        "default",
        "berlin",
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["default"], 4),
        (["berlin", "--currency", "euro"], 2),
        ([""], 2),
        ([], 2),
    ],
)
def test_a_workspace_that_cannot_be_made_is_refused(cli: Cli, words: list[str], code: int) -> None:
    assert cli("workspaces", "create", *words).code == code


def test_init_makes_what_is_missing_and_says_what_comes_next(tmp_path: Path) -> None:
    cli = Cli(f"sqlite:///{tmp_path / 'new' / 'shop.db'}")

    first, again = cli("init"), cli("init", "--json")

    assert "expressb2b keys create" in first.out
    assert (tmp_path / "new" / "shop.db.secret").exists()
    assert again.json["created"] is False


def test_a_command_that_only_reads_makes_no_database(tmp_path: Path) -> None:
    cli = Cli(f"sqlite:///{tmp_path / 'misspelt.db'}")

    ended = cli("orders", "list", "--json")

    assert (ended.code, ended.error["code"]) == (3, "no_database")
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_makes_things_makes_the_database(tmp_path: Path) -> None:
    cli = Cli(f"sqlite:///{tmp_path / 'new.db'}")

    ended = cli("keys", "create", "--name", "ERP")

    assert ended.code == 0
    assert "Making the database" in ended.err


def test_each_setting_says_where_it_comes_from(cli: Cli) -> None:
    shown = cli("config", "show", "--json", EXPRESSB2B_PORT="9000").json["data"]

    sources = {row["name"]: (row["value"], row["source"]) for row in shown}
    assert sources["port"] == ("9000", "environment")
    assert sources["host"] == ("127.0.0.1", "default")


def test_a_flag_is_a_source_too(cli: Cli) -> None:
    shown = cli("config", "show", "--json", "--database", "sqlite:///x.db").json["data"]

    assert {"sqlite:///x.db"} == {row["value"] for row in shown if row["source"] == "flag"}


def test_secrets_are_not_shown(cli: Cli) -> None:
    ended = cli("config", "show", "--json", EXPRESSB2B_SECRET="a very secret secret")

    assert "very secret" not in ended.out
    assert "(set)" in ended.out


def test_settings_are_checked(cli: Cli) -> None:
    assert cli("config", "check", "--json").json == {"ok": True}
    assert "sound" in cli("config", "check").err
    wrong = cli("config", "check", EXPRESSB2B_PORT="many")
    assert wrong.code == 1
    assert "EXPRESSB2B_PORT" in wrong.err


def test_status_tells_what_is_pending_and_changes_nothing(cli: Cli) -> None:
    assert cli("db", "status", "--json").json == {
        "kind": "sqlite",
        "schema": SCHEMA_VERSION,
        "pending": [],
        "up_to_date": True,
    }


def test_status_of_a_missing_database_is_not_found(tmp_path: Path) -> None:
    cli = Cli(f"sqlite:///{tmp_path / 'new.db'}")

    assert cli("db", "status").code == 3


def test_migrate_makes_and_then_leaves_alone(tmp_path: Path) -> None:
    cli = Cli(f"sqlite:///{tmp_path / 'new.db'}")

    assert cli("db", "migrate").code == 0
    assert cli("db", "migrate", "--json").json["applied"] == []


def test_a_newer_database_is_refused_with_the_remedy(cli: Cli, b2b: ExpressB2B) -> None:
    database = b2b.runtime.database
    database.write(lambda: database.run_sql("UPDATE schema_version SET version = 99"))

    for words in (["db", "status"], ["db", "migrate"], ["orders", "list"]):
        ended = cli(*words)
        assert ended.code == 1
        assert "install the newer release" in ended.err


def test_what_is_no_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_text("not a database, but long enough to look at" * 10)

    ended = Cli(f"sqlite:///{tmp_path / 'shop.db'}")("orders", "list")

    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
