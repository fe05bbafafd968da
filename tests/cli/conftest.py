"""The command line on a database of its own for each test, in this process."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from expressb2b_cli.main import cli as program
from expressb2b_core import ExpressB2B, Workspace


@dataclass(frozen=True)
class Ended:
    """How a call ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer, which is one line of JSON; nothing else may stand there."""
        assert self.code in (0, 1, 7), (self.out, self.err)
        assert self.err == ""
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def error(self) -> Any:
        """The failure as JSON; nothing may stand on standard output."""
        assert self.out == ""
        return json.loads(self.err)["error"]


@dataclass(frozen=True)
class Cli:
    """Calls the program with these words."""

    database: str

    def __call__(self, *words: str, stdin: str = "", **variables: str) -> Ended:
        found = CliRunner().invoke(
            program,
            list(words),
            input=stdin,
            env={"EXPRESSB2B_DATABASE": self.database, **variables},
            prog_name="expressb2b",
        )
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return Ended(found.exit_code, found.stdout, found.stderr)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("EXPRESSB2B_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database that was just made; copying it is quicker than making one."""
    folder = tmp_path_factory.mktemp("blank")
    ExpressB2B(f"sqlite:///{folder / 'shop.db'}").close()
    return folder


@pytest.fixture
def database(blank: Path, tmp_path: Path) -> str:
    """The address of a database with the workspace `default` and nothing in it."""
    for name in ("shop.db", "shop.db.secret"):
        shutil.copy(blank / name, tmp_path / name)
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture
def cli(database: str) -> Cli:
    return Cli(database)


@pytest.fixture
def b2b(database: str) -> Iterator[ExpressB2B]:
    with ExpressB2B(database) as opened:
        yield opened


@pytest.fixture
def shop(b2b: ExpressB2B) -> Workspace:
    """The same database, as the library sees it."""
    return b2b.workspace()
