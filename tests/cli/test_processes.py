"""The program as it is really started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from expressb2b_core import Workspace

PROGRAM = Path(__file__).parents[2] / "cli.py"
PATIENCE_SECONDS = 30


def run(words: list[str], database: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        capture_output=True,
        check=False,
        encoding=variables.get("PYTHONIOENCODING", "utf-8"),
        timeout=PATIENCE_SECONDS,
        stdin=subprocess.DEVNULL,
        env=dict(os.environ) | {"EXPRESSB2B_DATABASE": database} | variables,
    )


def test_the_exit_code_reaches_the_shell_and_nothing_else_is_printed(database: str) -> None:
    ended = run([sys.executable, str(PROGRAM), "keys", "show", "nobody"], database)

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == "Error: There is no such API key.\n"


@pytest.mark.parametrize("lines", [0, 1])
def test_a_reader_that_has_seen_enough_ends_it_quietly(
    shop: Workspace, database: str, tmp_path: Path, lines: int
) -> None:
    shop.products.upsert_many([{"sku": f"A-{number}", "name": "Napkin"} for number in range(500)])
    script = '("$0" "$1" products export --format jsonl; echo $? > "$2") | head -n "$3"'
    code = tmp_path / "code"

    ended = run(["sh", "-c", script, sys.executable, str(PROGRAM), str(code), str(lines)], database)

    assert ended.stderr == ""
    assert len(ended.stdout.splitlines()) == lines
    assert code.read_text() == "0\n"


def test_a_terminal_that_cannot_show_a_character_gets_it_escaped(database: str) -> None:
    words = [sys.executable, "-m", "expressb2b_cli", "doctor"]

    ended = run(words, database, PYTHONIOENCODING="latin-1", PYTHONPATH=str(PROGRAM.parent))

    assert ended.returncode == 0
    assert ended.stdout.startswith("\\u2713 The settings can be used")
