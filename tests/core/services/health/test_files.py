"""Files that are in the wrong place, or open to others, are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.services import audit
from expressb2b_core.services.health import files

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /srv/data nfs4 rw 0 0
/dev/sdb1 /srv/data/fast xfs rw 0 0
"""


@pytest.fixture
def b2b(tmp_path: Path) -> ExpressB2B:
    return ExpressB2B(f"sqlite:///{tmp_path / 'shop.db'}")


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/srv/data/shop.db", "nfs4"), ("/srv/data/fast/shop.db", "xfs"), ("/srv/database", "ext4")],
)
def test_the_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert files.filesystem_of(Path(path), MOUNTS) == kind


def test_a_network_file_system_is_found(
    b2b: ExpressB2B, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/export {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(files, "_MOUNTS", mounts)

    (finding,) = files.check(b2b.runtime)

    assert "nfs4" in finding.detail


def test_a_secret_that_others_can_read_is_found_and_closed(b2b: ExpressB2B, tmp_path: Path) -> None:
    secret = tmp_path / "shop.db.secret"
    secret.chmod(0o644)

    (finding,) = files.check(b2b.runtime)
    files.fix(b2b.runtime)

    assert finding.fixable
    assert secret.stat().st_mode & 0o777 == 0o600
    assert list(files.check(b2b.runtime)) == []
    entry = next(iter(audit.entries(b2b.workspace().scope)))
    assert (entry.action, entry.door) == ("secret.closed", "command")


def test_a_disk_without_room_is_found(b2b: ExpressB2B, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_ROOM_BYTES", 1 << 60)

    (finding,) = files.check(b2b.runtime)

    assert "are free" in finding.detail


def test_a_database_that_cannot_be_written_is_found(
    b2b: ExpressB2B, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(work: object) -> None:
        raise StorageUnavailable("The database cannot be written.")

    monkeypatch.setattr(b2b.runtime.database, "write", refuse)

    assert [finding.where for finding in files.check(b2b.runtime)] == ["database"]
