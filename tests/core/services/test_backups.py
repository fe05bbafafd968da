"""Backups are whole, tell when they are not, and never overwrite what is there."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import tests
from expressb2b_core import ExpressB2B
from expressb2b_core.errors import Conflict, DatabaseInUse, DatabaseNewer, Misconfigured
from expressb2b_core.services import audit, backup_files, backups
from expressb2b_core.services.backups import DamagedBackup
from expressb2b_core.services.health import CHECKS, examine
from tests import builders

STAMP = "20260315T143207Z"
NOW = 1_773_585_127


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def b2b(folder: Path) -> Iterator[ExpressB2B]:
    with ExpressB2B(f"sqlite:///{folder / 'shop.db'}") as opened:
        builders.napkin(opened.workspace())
        yield opened


@pytest.fixture
def backup(b2b: ExpressB2B, folder: Path) -> Path:
    backups.create(b2b.runtime, folder / "backup.tar")
    return folder / "backup.tar"


def changed(backup: Path, name: str, content: bytes | None) -> None:
    """Write the backup anew, with another content for one of its files, or without it."""
    with tarfile.open(backup) as archive:
        files = {
            entry.name: archive.extractfile(entry).read()  # type: ignore[union-attr]
            for entry in archive.getmembers()
        }
    if content is None:
        del files[name]
    else:
        files[name] = content
    with tarfile.open(backup, "w") as archive:
        for one, data in files.items():
            entry = tarfile.TarInfo(one)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def manifest_of(backup: Path) -> dict[str, object]:
    with tarfile.open(backup) as archive:
        found: dict[str, object] = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
    return found


def test_a_backup_brings_back_the_data_and_the_secret(
    b2b: ExpressB2B, backup: Path, folder: Path
) -> None:
    secret = b2b.runtime.secret
    place = folder / "elsewhere" / "shop.db"

    moved = backups.restore(backup, place, force=False, now=NOW)

    with ExpressB2B(f"sqlite:///{place}") as restored:
        assert restored.workspace().products.get(builders.NAPKIN).base_price == "41.00"
        assert restored.runtime.secret == secret
    assert moved == []


def test_a_restored_database_says_where_it_came_from(
    b2b: ExpressB2B, backup: Path, folder: Path
) -> None:
    place = folder / "else where?" / "shop%20.db"

    backups.restore(backup, place, force=False, now=NOW)

    with ExpressB2B(f"sqlite:///{folder}/else%20where%3F/shop%2520.db") as restored:
        entry = next(iter(audit.entries(restored.workspace().scope)))
    assert (entry.action, entry.door, entry.at) == (
        "backup.restored", "command", "2026-03-15T14:32:07Z"
    )  # fmt: skip
    assert entry.details == {
        "file": "backup.tar",
        "made_at": backups.verify(backup).created_at,
    }
    assert {path.name for path in place.parent.iterdir()} == {"shop%20.db", "shop%20.db.secret"}


def test_a_backup_of_an_older_schema_is_put_on_record_too(tmp_path: Path) -> None:
    schema = Path(tests.__file__).parent / "core" / "storage" / "schemas" / "version_1_sqlite.sql"
    with closing(sqlite3.connect(tmp_path / "old.db")) as old:
        old.executescript(schema.read_text())
        old.execute("INSERT INTO schema_version VALUES (1, 1, 0)")
        old.commit()
    backup_files.pack(tmp_path / "old.tar", {"expressb2b.db": tmp_path / "old.db"}, 1, 0)

    backups.restore(tmp_path / "old.tar", tmp_path / "new.db", force=False, now=NOW)

    with ExpressB2B(f"sqlite:///{tmp_path / 'new.db'}") as restored:
        (entry,) = audit.entries(restored.workspace().scope)
    assert entry.action == "backup.restored"


def test_nobody_else_can_read_a_backup_or_what_it_brings_back(backup: Path, folder: Path) -> None:
    place = folder / "elsewhere" / "shop.db"

    backups.restore(backup, place, force=False, now=NOW)

    secret = place.with_name("shop.db.secret")
    assert [path.stat().st_mode & 0o077 for path in (backup, place, secret)] == [0, 0, 0]


def test_a_backup_under_writes_holds_nothing_half_done(b2b: ExpressB2B, folder: Path) -> None:
    shop = b2b.workspace()
    buyer = builders.customer(shop)
    stop = threading.Event()

    def place_orders() -> None:
        while not stop.is_set():
            builders.order(shop, buyer)
        b2b.close()

    writer = threading.Thread(target=place_orders)
    writer.start()
    try:
        for number in range(3):
            backups.create(b2b.runtime, folder / f"{number}.tar")
    finally:
        stop.set()
        writer.join()

    for number in range(3):
        place = folder / f"{number}.db"
        backups.restore(folder / f"{number}.tar", place, force=False, now=NOW)
        with ExpressB2B(f"sqlite:///{place}") as restored:
            assert [examine(restored.runtime, check) for check in CHECKS] == [[]] * len(CHECKS)


def test_a_sound_backup_says_what_it_holds(backup: Path) -> None:
    manifest = backups.verify(backup)

    assert manifest.has_secret
    assert manifest.to_dict() == manifest_of(backup)


def test_a_secret_from_elsewhere_is_not_in_the_backup(folder: Path) -> None:
    with ExpressB2B(f"sqlite:///{folder / 'shop.db'}", secret="from the environment") as b2b:
        manifest = backups.create(b2b.runtime, folder / "backup.tar")

    assert not manifest.has_secret


def test_a_backup_does_not_overwrite_another_file(b2b: ExpressB2B, backup: Path) -> None:
    with pytest.raises(Conflict, match="exists already"):
        backups.create(b2b.runtime, backup)


def test_a_database_in_memory_cannot_be_backed_up() -> None:
    with (
        ExpressB2B("sqlite:///:memory:") as b2b,
        pytest.raises(Misconfigured, match="SQLite database in a file"),
    ):
        backups.create(b2b.runtime, Path("backup.tar"))


@pytest.mark.parametrize("name", ["expressb2b.db", "secret"])
def test_a_changed_file_is_noticed(backup: Path, name: str) -> None:
    changed(backup, name, b"something else")

    with pytest.raises(DamagedBackup, match=f"{name} in the backup was changed"):
        backups.verify(backup)


@pytest.mark.parametrize("name", ["manifest.json", "expressb2b.db", "secret"])
def test_a_missing_file_is_noticed(backup: Path, name: str) -> None:
    changed(backup, name, None)

    with pytest.raises(DamagedBackup, match=f"{name} is missing"):
        backups.verify(backup)


@pytest.mark.parametrize(
    "told",
    [
        b"no JSON",
        b"[]",
        b'{"created_at": "", "schema": 1, "checksums": {}, "format": 1}',
        b'{"created_at": "", "schema": 1, "checksums": {"expressb2b.db": ""}, "format": 2}',
        b'{"created_at": "", "schema": 1, "checksums": {"expressb2b.db": "", "../x": ""}}',
    ],
)
def test_a_manifest_that_makes_no_sense_is_noticed(backup: Path, told: bytes) -> None:
    changed(backup, "manifest.json", told)

    with pytest.raises(DamagedBackup):
        backups.verify(backup)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\0" * 10240])
def test_what_is_no_backup_is_noticed(folder: Path, content: bytes) -> None:
    (folder / "some.tar").write_bytes(content)

    with pytest.raises(DamagedBackup):
        backups.verify(folder / "some.tar")


def test_half_a_backup_is_noticed(backup: Path) -> None:
    data = backup.read_bytes()
    backup.write_bytes(data[: len(data) // 2])

    with pytest.raises(DamagedBackup):
        backups.verify(backup)


def test_a_damaged_database_with_a_fitting_checksum_is_noticed(backup: Path, folder: Path) -> None:
    (folder / "wrong").write_bytes(b"SQLite format 3\0" + b"\1" * 5000)
    backup_files.pack(folder / "wrong.tar", {"expressb2b.db": folder / "wrong"}, 1, 0)

    with pytest.raises(DamagedBackup, match="database in the backup is damaged"):
        backups.verify(folder / "wrong.tar")


def test_a_database_that_is_there_is_not_overwritten(backup: Path, folder: Path) -> None:
    with pytest.raises(Conflict, match="--force"):
        backups.restore(backup, folder / "shop.db", force=False, now=NOW)


def test_forced_the_old_database_is_moved_aside(
    b2b: ExpressB2B, backup: Path, folder: Path
) -> None:
    b2b.workspace().products.upsert(sku="LATER", name="Later")
    b2b.close()

    moved = backups.restore(backup, folder / "shop.db", force=True, now=NOW)

    with ExpressB2B(f"sqlite:///{folder / 'shop.db'}") as restored:
        assert restored.workspace().products.list().total == 1
    assert [path.name for path in moved] == [
        f"shop.db.replaced-{STAMP}",
        f"shop.db.secret.replaced-{STAMP}",
    ]


def test_a_database_that_is_open_is_not_replaced(backup: Path, folder: Path) -> None:
    with pytest.raises(DatabaseInUse):
        backups.restore(backup, folder / "shop.db", force=True, now=NOW)

    assert (folder / "shop.db").exists()


def test_a_damaged_database_can_be_replaced(b2b: ExpressB2B, backup: Path, folder: Path) -> None:
    b2b.close()
    (folder / "shop.db").write_bytes(b"rubbish" * 1000)

    backups.restore(backup, folder / "shop.db", force=True, now=NOW)

    with ExpressB2B(f"sqlite:///{folder / 'shop.db'}") as restored:
        assert restored.workspace().products.list().total == 1


def test_a_log_that_was_left_behind_is_not_replayed(backup: Path, folder: Path) -> None:
    place = folder / "elsewhere.db"
    place.with_name("elsewhere.db-wal").write_bytes(b"left behind")

    moved = backups.restore(backup, place, force=False, now=NOW)

    assert [path.name for path in moved] == [f"elsewhere.db-wal.replaced-{STAMP}"]


def test_a_damaged_backup_changes_nothing(b2b: ExpressB2B, backup: Path, folder: Path) -> None:
    b2b.close()
    before = (folder / "shop.db").read_bytes()
    changed(backup, "expressb2b.db", b"something else")

    with pytest.raises(DamagedBackup):
        backups.restore(backup, folder / "shop.db", force=True, now=NOW)

    assert (folder / "shop.db").read_bytes() == before


def test_a_backup_of_a_newer_release_is_refused(b2b: ExpressB2B, folder: Path) -> None:
    database = b2b.runtime.database
    database.write(lambda: database.run_sql("UPDATE schema_version SET version = 999"))
    parts = backups._collect(b2b.runtime, folder / "shop.db", folder)
    backup_files.pack(folder / "newer.tar", parts, 999, 0)

    with pytest.raises(DatabaseNewer):
        backups.restore(folder / "newer.tar", folder / "new.db", force=False, now=NOW)


def test_a_backup_goes_beside_the_database_when_nobody_says_where(
    b2b: ExpressB2B, folder: Path
) -> None:
    path = backups.default_path(b2b.runtime)

    assert path.parent == folder / "backups"
    assert path.suffix == ".tar"
