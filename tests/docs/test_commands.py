"""Commands that pages name, in code and in sentences, exist with the options they are given."""

from __future__ import annotations

import re

import click
import pytest

from expressb2b_cli.main import cli
from tests.docs.blocks import written_pages

PAGES = written_pages()
_COMMAND = re.compile(r"(?<![\w./-])(?:[\w./]*/)?expressb2b ([a-z][^`\n|;>)]*)")
# What follows the name in a sentence, or the user of that name in `sudo -u expressb2b env …`.
_NO_COMMANDS = ("and", "env", "in", "is")


def mentioned(name: str) -> list[str]:
    text = PAGES[name].read_text().replace("\\\n", " ")
    return [found for found in _COMMAND.findall(text) if found.split()[0] not in _NO_COMMANDS]


def unknown_parts(words: list[str]) -> list[str]:
    """The words of a command line that name neither a command nor an option of it."""
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            return words[:1]
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    options = [word.partition("=")[0].rstrip(".,:") for word in words if word.startswith("--")]
    return [option for option in options if option not in known]


@pytest.mark.parametrize("name", [name for name in PAGES if mentioned(name)])
def test_commands_of_a_page_exist(name: str) -> None:
    unknown = {line: bad for line in mentioned(name) if (bad := unknown_parts(line.split()))}

    assert unknown == {}


def test_a_command_and_an_option_that_do_not_exist_are_found() -> None:
    assert unknown_parts(["keys", "invent"]) == ["invent"]
    assert unknown_parts(["keys", "list", "--nonsense"]) == ["--nonsense"]
    assert unknown_parts(["keys", "list", "--json"]) == []
