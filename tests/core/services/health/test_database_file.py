"""A database that is broken, or of another schema, is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services.health import Check, Finding, database_file, examine
from tests.core.services.health.conftest import Spoil

Found = Callable[[str], list[Finding]]


@pytest.fixture
def b2b() -> Iterator[ExpressB2B]:
    """A database of SQLite, whose schema nobody else shares."""
    with ExpressB2B("sqlite:///:memory:") as opened:
        yield opened


def test_a_page_that_was_overwritten_is_found(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    ExpressB2B(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'orders'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 100)

    with ExpressB2B(f"sqlite:///{path}") as broken:
        findings = examine(broken.runtime, Check("one", "One", database_file.check_integrity))

    assert findings[-1].severity == "error"


def test_a_row_that_refers_to_nothing_is_found(
    busy: Workspace, spoil: Spoil, found: Found, b2b: ExpressB2B
) -> None:
    b2b.runtime.database.run_sql("PRAGMA foreign_keys = OFF")
    spoil("DELETE FROM sites")

    assert any("sites" in finding.detail for finding in found("integrity"))


def test_a_newer_schema_is_found(spoil: Spoil, found: Found) -> None:
    spoil("UPDATE schema_version SET version = 999")

    (finding,) = found("schema")

    assert finding.remedy == "Install the newer release."


def test_an_older_schema_is_found(spoil: Spoil, found: Found) -> None:
    spoil("UPDATE schema_version SET version = 0")

    (finding,) = found("schema")

    assert "db migrate" in finding.remedy
