"""Every code block of the docs does what its page says, or says why it is not tried."""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.blocks import Block, blocks_of, written_pages
from tests.docs.running import Shell

GUIDE = "five-minute-start"
PAGES = written_pages()
BLOCKS = {name: list(blocks_of(path.read_text())) for name, path in PAGES.items()}
# The languages that are only looked at; `test_webhook_snippets` runs those that verify signatures.
LOOKED_AT = {"csharp", "http", "ini", "java", "javascript", "nginx", "php", "text", "toml"}


def runnable(name: str) -> list[Block]:
    return [block for block in BLOCKS[name] if block.word != "not run"]


def with_language(*languages: str) -> list[str]:
    return [name for name in PAGES if any(block.language in languages for block in runnable(name))]


@pytest.mark.parametrize(
    "name", [name for name in with_language("bash", "console") if name != GUIDE]
)
def test_commands_of_a_page_work(
    name: str, reader: dict[str, str], shell: Callable[..., Shell]
) -> None:
    shell(reader).run([block for block in runnable(name) if block.is_shell])


@pytest.mark.parametrize("name", with_language("python"))
def test_programs_of_a_page_work(
    name: str, reader: dict[str, str], shell: Callable[..., Shell]
) -> None:
    shell(reader).run_python([block for block in runnable(name) if block.language == "python"])


@pytest.mark.parametrize("name", PAGES)
def test_data_on_a_page_can_be_read(name: str) -> None:
    for block in runnable(name):
        if block.language == "json":
            json.loads(block.code)
        elif block.language == "toml":
            tomllib.loads(block.code)
        elif block.language == "ini":
            # Files of systemd have sections, those of variables have none.
            parser = configparser.ConfigParser(strict=False, interpolation=None)
            parser.read_string(f"[variables]\n{block.code}")


@pytest.mark.parametrize("name", PAGES)
def test_every_block_has_a_language_that_is_known(name: str) -> None:
    known = {"bash", "console", "json", "python"} | LOOKED_AT

    unknown = [block.line for block in BLOCKS[name] if block.language not in known]

    assert unknown == []


@pytest.mark.parametrize("name", PAGES)
def test_what_is_not_run_says_why(name: str) -> None:
    silent = [block.line for block in BLOCKS[name] if block.word == "not run" and not block.said]

    assert silent == []


def test_a_command_that_fails_fails_its_page(tmp_path: Path, shell: Callable[..., Shell]) -> None:
    block = Block(line=7, language="bash", code="false\ntrue\n", word=None, said=None)

    with pytest.raises(AssertionError, match="the block at line 7 failed"):
        shell({}).run([block])
