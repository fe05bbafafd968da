"""The program as a whole: what it lists, loads, and says when it is called wrongly."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from expressb2b_cli.main import COMMANDS, cli
from tests.cli.conftest import Cli


def test_help_lists_every_command(cli: Cli) -> None:
    shown = cli("--help").out

    assert all(f"  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_exists_and_is_called_so(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)

    assert command is not None
    assert command.name == name


def test_listing_and_version_load_neither_library_nor_database() -> None:
    code = (
        "import sys; from expressb2b_cli.main import cli\n"
        "try: cli.main(sys.argv[1:])\n"
        "finally: print(sorted({'peewee', 'bottle', 'expressb2b_core'} & set(sys.modules)))"
    )
    for word in ("--help", "version"):
        found = subprocess.run(
            [sys.executable, "-c", code, word], capture_output=True, text=True, check=True
        )
        assert found.stdout.endswith("[]\n"), found.stdout


def test_version_tells_of_program_and_platform(cli: Cli) -> None:
    assert set(cli("version", "--json").json) == {"version", "python", "sqlite"}
    assert cli("version").out.startswith("Express B2B ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["keys", "crate"], "No such command 'crate'"),
        (["keys", "list", "--nonsense"], "No such option"),
        (["keys", "create"], "Missing option '--name'"),
        (["keys"], "Say which command."),
        ([], "Say which command."),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_why(cli: Cli, words: list[str], told: str) -> None:
    ended = cli(*words)

    assert ended.code == 2
    assert told in ended.err
    assert ended.out == ""


def test_a_wrong_call_with_json_is_told_in_json(cli: Cli) -> None:
    ended = cli("keys", "create", "--json")

    assert ended.code == 2
    assert ended.error == {
        "code": "usage",
        "detail": "Missing option '--name'.",
        "errors": [],
    }


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "--workspace", "berlin", "keys", "list"],
        ["keys", "--json", "--workspace", "berlin", "list"],
        ["keys", "list", "--json", "--workspace", "berlin"],
        ["--workspace", "default", "keys", "--json", "list", "--workspace", "berlin"],
    ],
)
def test_shared_options_may_stand_anywhere_and_the_last_one_wins(
    cli: Cli, words: list[str]
) -> None:
    cli("workspaces", "create", "berlin")
    cli("keys", "create", "--name", "Berlin", "--workspace", "berlin")

    assert [key["name"] for key in cli(*words).json["data"]] == ["Berlin"]


def test_the_option_goes_before_the_variable(cli: Cli, database: str) -> None:
    ended = cli("workspaces", "list", "--database", "sqlite:///nowhere.db")

    assert ended.code == 3
    assert "nowhere.db" in ended.err


def test_a_defect_is_told_in_json_without_a_traceback(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*words: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("expressb2b_core.services.workspaces.list_all", fail)

    ended = cli("workspaces", "list", "--json")

    assert (ended.code, ended.error["code"]) == (1, "internal_error")
    with pytest.raises(ZeroDivisionError):
        cli("workspaces", "list")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_completion_script(cli: Cli, shell: str) -> None:
    assert "_EXPRESSB2B_COMPLETE" in cli("completion", shell).out


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("expressb2b ord", "orders"), ("expressb2b orders ap", "approve")],
)
def test_the_shell_is_offered_commands(cli: Cli, typed: str, offered: str) -> None:
    ended = cli(
        _EXPRESSB2B_COMPLETE="bash_complete",
        COMP_WORDS=typed,
        COMP_CWORD=str(len(typed.split()) - 1),
    )

    assert ended.out == f"plain,{offered}\n"
