"""Are the files of a SQLite database where they can be written, safely and for long?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.runtime import Runtime
from expressb2b_core.services import audit
from expressb2b_core.services.health.findings import Finding
from expressb2b_core.services.scope import COMMAND_LINE
from expressb2b_core.storage.opening import sqlite_path

# SQLite's locks and shared memory do not work reliably over a network.
# https://sqlite.org/useovernet.html
_NETWORK_FILESYSTEMS = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs")
)
_MOUNTS = Path("/proc/self/mounts")
_ROOM_BYTES = 100 * 1024 * 1024
_OTHERS = 0o077


def check(runtime: Runtime) -> Iterator[Finding]:
    """Files that cannot be written, are on a network, have no room, or are open to others."""
    yield from _check_writing(runtime)
    path = sqlite_path(runtime.database.peewee)
    if path is None:
        return
    yield from _check_filesystem(path)
    yield from _check_room(path)
    secret = secret_file(path)
    if secret.exists() and secret.stat().st_mode & _OTHERS:
        detail = "other users of this machine can read it"
        yield Finding("warning", str(secret), detail, f"chmod 600 {secret}", fixable=True)


def fix(runtime: Runtime) -> int:
    """Close the secret to other users."""
    path = sqlite_path(runtime.database.peewee)
    if path is None or not secret_file(path).exists():
        return 0
    secret_file(path).chmod(0o600)
    told = {"file": secret_file(path).name}
    runtime.database.write(
        lambda: audit.record_installation(
            runtime, COMMAND_LINE, "secret.closed", "database", None, told
        )
    )
    return 1


def secret_file(database: Path) -> Path:
    """Where the secret of a SQLite database lies."""
    return database.with_name(f"{database.name}.secret")


def filesystem_of(path: Path, mounts: str) -> str:
    """The type of the file system that holds a path, from the text of `/proc/mounts`."""
    best, kind = "", "unknown"
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) > 2 and path.is_relative_to(fields[1]) and len(fields[1]) >= len(best):
            best, kind = fields[1], fields[2]
    return kind


def _check_writing(runtime: Runtime) -> Iterator[Finding]:
    try:
        runtime.database.write(lambda: None)
    except StorageUnavailable as error:
        remedy = "Make it and its folder writable, free space, or end what holds it."
        yield Finding("error", "database", error.detail, remedy)


def _check_filesystem(path: Path) -> Iterator[Finding]:
    if not _MOUNTS.exists():
        return
    kind = filesystem_of(path.resolve(), _MOUNTS.read_text(encoding="utf-8", errors="replace"))
    if kind in _NETWORK_FILESYSTEMS:
        detail = f"it lies on a network file system ({kind}), where locks cannot be relied upon"
        yield Finding("error", str(path), detail, "Move it to a disk of this machine.")


def _check_room(path: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(path.parent).free
    if free < _ROOM_BYTES + path.stat().st_size:
        detail = f"{free // 1_000_000} MB are free, too little for growth and a backup"
        yield Finding("warning", str(path.parent), detail, "Free space, or move the database.")
