"""`db copy`: to PostgreSQL and back, with the secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services import audit
from expressb2b_core.storage.opening import without_password
from expressb2b_server.server_lock import only_server
from tests.builders import customer, napkin, order
from tests.cli.conftest import Cli
from tests.postgres import Server


@pytest.fixture
def on_postgres(postgres_server: Server) -> str:
    return postgres_server.emptied()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "shop.db"


@pytest.fixture
def secret(database: str) -> str:
    return Path(f"{database.removeprefix('sqlite:///')}.secret").read_text().strip()


@pytest.fixture
def number(shop: Workspace) -> int:
    """The number of an order in the database of the command line."""
    napkin(shop)
    return order(shop, customer(shop)).number


def test_a_database_moves_there_and_back_with_its_secret(
    cli: Cli, on_postgres: str, elsewhere: Path, secret: str, number: int
) -> None:
    there = cli("db", "copy", "--to", on_postgres)
    back = cli(
        *("db", "copy", "--database", on_postgres, "--to", f"sqlite:///{elsewhere}", "--json"),
        EXPRESSB2B_SECRET=secret,
    )

    assert (there.code, back.code) == (0, 0), there.err + back.err
    assert "orders: 1 of 1 checked" in there.err
    assert "EXPRESSB2B_SECRET_FILE" in there.err
    found = {table["table"]: table["rows"] for table in back.json["tables"]}
    assert (found["orders"], found["events"]) == (1, 2)
    assert back.json["rows"] == sum(found.values())
    assert Path(f"{elsewhere}.secret").read_text().strip() == secret
    assert Path(f"{elsewhere}.secret").stat().st_mode & 0o777 == 0o600
    with ExpressB2B(f"sqlite:///{elsewhere}") as moved:
        assert [placed.number for placed in moved.workspace().orders.iterate()] == [number]
        back_again, there_first = audit.entries(moved.workspace().scope, subject_type="database")
    assert back_again.details["from"] == without_password(on_postgres)
    assert str(there_first.details["from"]).startswith("sqlite:///")


def test_a_target_that_is_not_empty_is_refused(cli: Cli, on_postgres: str) -> None:
    ExpressB2B(on_postgres, secret="x").close()

    ended = cli("db", "copy", "--to", on_postgres, "--json")

    assert ended.code == 4
    assert "not empty" in ended.error["detail"]


def test_a_database_that_a_server_has_open_is_not_copied(
    cli: Cli, database: str, on_postgres: str
) -> None:
    with only_server(database):
        ended = cli("db", "copy", "--to", on_postgres)

    assert ended.code == 1
    assert "stop it first" in ended.err


def test_the_secret_of_another_database_is_not_overwritten(cli: Cli, elsewhere: Path) -> None:
    elsewhere.parent.mkdir()
    other = Path(f"{elsewhere}.secret")
    other.write_text("another\n")

    ended = cli("db", "copy", "--to", f"sqlite:///{elsewhere}")

    assert ended.code == 4
    assert other.read_text() == "another\n"


def test_a_secret_that_is_not_known_has_to_be_brought_along(
    cli: Cli, on_postgres: str, elsewhere: Path
) -> None:
    cli("db", "copy", "--to", on_postgres)

    ended = cli("db", "copy", "--database", on_postgres, "--to", f"sqlite:///{elsewhere}")

    assert ended.code == 0
    assert f"into {elsewhere}.secret before you start" in ended.err
    assert not Path(f"{elsewhere}.secret").exists()
