"""What the library makes, finds and refuses where its database is to be."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import DatabaseNewer, Misconfigured
from expressb2b_core.storage.tables import SCHEMA_VERSION
from tests.builders import customer, napkin, order


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


def test_the_secret_is_made_once_readable_by_its_owner_alone(path: Path) -> None:
    secret_path = Path(f"{path}.secret")
    with ExpressB2B(f"sqlite:///{path}") as first:
        made = first.runtime.secret
    with ExpressB2B(f"sqlite:///{path}") as second:
        used_again = second.runtime.secret

    assert stat.S_IMODE(secret_path.stat().st_mode) == 0o600
    assert made == used_again == secret_path.read_text().strip().encode()
    assert len(made) >= 32
    assert [entry.name for entry in path.parent.glob("*.secret*")] == ["shop.db.secret"]


def test_an_empty_secret_file_is_no_secret(path: Path) -> None:
    Path(f"{path}.secret").touch()

    with pytest.raises(Misconfigured, match="empty"):
        ExpressB2B(f"sqlite:///{path}")


def test_reopening_keeps_everything(path: Path) -> None:
    with ExpressB2B(f"sqlite:///{path}") as before:
        shop = before.create_workspace("euro", currency="EUR")
        napkin(shop)
        midwest = customer(shop)
        placed = [order(shop, midwest) for _ in range(3)]
        cursor = shop.orders.list(per_page=1).next_cursor
        events = [event.id for event in shop.events.iterate()]

    with ExpressB2B(f"sqlite:///{path}") as after:
        shop = after.workspace("euro")
        assert shop.currency == "EUR"
        assert [shop.orders.get(one.id) for one in placed] == placed
        assert [event.id for event in shop.events.iterate()] == events
        assert cursor is not None
        assert [one.number for one in shop.orders.list(per_page=1, cursor=cursor)] == [1002]
        assert order(shop, midwest).number == 1004


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Misconfigured, match="file/folder"):
        ExpressB2B(f"sqlite:///{tmp_path}/file/folder/shop.db")


def test_a_folder_that_is_not_writable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o500)
    if os.geteuid() == 0:  # whom no mode keeps out
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder)

    with pytest.raises(Misconfigured, match=r"read-only is not writable"):
        ExpressB2B(f"sqlite:///{folder}/shop.db")

    assert list(folder.iterdir()) == []


def test_a_database_that_is_not_in_utf_8_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.executescript("PRAGMA encoding = 'UTF-16'; CREATE TABLE others (id)")

    with pytest.raises(Misconfigured, match="encoding UTF-16"):
        ExpressB2B(f"sqlite:///{path}")


def test_a_file_that_is_no_database_is_refused_and_kept(path: Path) -> None:
    path.write_bytes(b"a letter to the warehouse " * 100)

    with pytest.raises(Misconfigured, match=r"shop\.db cannot be opened"):
        ExpressB2B(f"sqlite:///{path}")

    assert path.read_bytes() == b"a letter to the warehouse " * 100


def test_a_database_of_a_newer_release_is_refused_and_kept(path: Path) -> None:
    ExpressB2B(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE schema_version SET version = ?", (SCHEMA_VERSION + 1,))
    database.close()

    with pytest.raises(DatabaseNewer, match=f"schema {SCHEMA_VERSION + 1}"):
        ExpressB2B(f"sqlite:///{path}")

    with sqlite3.connect(path) as database:
        (version,) = database.execute("SELECT version FROM schema_version").fetchone()
    database.close()
    assert version == SCHEMA_VERSION + 1
