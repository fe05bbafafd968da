"""Every command is explained, with examples that can be typed, and stands in the docs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from expressb2b_cli import reference
from expressb2b_cli.groups import Command
from expressb2b_cli.main import COMMANDS
from expressb2b_cli.main import cli as program
from tests.cli.conftest import Cli

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def _leaves() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(program)
    for name in COMMANDS:
        command = program.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", one) for inner, one in command.commands.items())
        elif command is not None:
            yield name, command


LEAVES = dict(_leaves())


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_explains_itself(name: str) -> None:
    assert (LEAVES[name].help or "").strip().endswith((".", "`"))


@pytest.mark.parametrize("name", LEAVES)
def test_every_option_is_explained(name: str) -> None:
    unexplained = [
        parameter.name
        for parameter in LEAVES[name].params
        if isinstance(parameter, click.Option) and not parameter.help
    ]

    assert unexplained == []


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_has_examples_that_can_be_typed(name: str) -> None:
    command = LEAVES[name]
    assert isinstance(command, Command)
    assert command.examples
    for example in command.examples:
        words = shlex.split(example.partition(" > ")[0].partition(" < ")[0])
        start = words.index("expressb2b") + 1
        assert " ".join(words[start:]).startswith(name)
        arguments = words[start + len(name.split()) :]
        context = click.Context(command, info_name=name)
        command.make_parser(context).parse_args(arguments)


@pytest.mark.parametrize("name", LEAVES)
def test_help_shows_the_examples(name: str) -> None:
    command = LEAVES[name]
    assert isinstance(command, Command)

    shown = command.get_help(click.Context(command, info_name=name))

    assert all(example in shown for example in command.examples)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_of_groups_and_of_the_program_has_examples_too(cli: Cli, name: str) -> None:
    _, _, examples = cli(*name.split(), "--help").out.partition("\nExamples:\n")

    assert "  expressb2b " in examples


@pytest.mark.parametrize("name", LEAVES)
def test_no_option_takes_a_secret(name: str) -> None:
    telling = {"secret", "key", "password", "token"}

    taken = {option for parameter in LEAVES[name].params for option in parameter.opts}

    assert not {f"--{word}" for word in telling} & taken


def test_the_page_in_the_docs_is_the_one_that_the_program_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.page(), "run: make docs"


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_stands_in_the_docs(name: str) -> None:
    assert f"# {name}\n" in PAGE.read_text(encoding="utf-8")
