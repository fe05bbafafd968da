"""The file of a backup: a tar archive with a manifest of checksums, packed and unpacked.

What goes into it, and where it comes out, is `backups`' matter.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from expressb2b_core.inputs.moments import text
from expressb2b_core.storage import copies

DATABASE = "expressb2b.db"
SECRET = "secret"  # noqa: S105 - the name of a file

_MANIFEST = "manifest.json"
_FORMAT = 1
_CHUNK_BYTES = 1024 * 1024


class DamagedBackup(Exception):
    """This file is no backup, or not any more what it was when it was made."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: for each file its SHA-256, in hexadecimal."""

    created_at: str
    schema: int
    checksums: Mapping[str, str]

    @property
    def has_secret(self) -> bool:
        """The secret is in the backup; otherwise it was given from outside and must be again."""
        return SECRET in self.checksums

    def to_dict(self) -> dict[str, object]:
        """As plain values."""
        return {
            "format": _FORMAT,
            "created_at": self.created_at,
            "schema": self.schema,
            "checksums": dict(self.checksums),
        }


def pack(target: Path, parts: Mapping[str, Path], schema: int, now: int) -> Manifest:
    """Write a backup of these files, by their names in it, on to the disk."""
    checksums = {name: _checksum(path) for name, path in parts.items()}
    manifest = Manifest(text(now), schema, checksums)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            told = json.dumps(manifest.to_dict(), indent=2).encode()
            archive.addfile(_entry(_MANIFEST, len(told), now), io.BytesIO(told))
            for name, path in parts.items():
                with path.open("rb") as part:
                    archive.addfile(_entry(name, path.stat().st_size, now), part)
        file.flush()
        os.fsync(file.fileno())
    return manifest


@contextmanager
def unpacked(backup: Path, folder: Path | None) -> Iterator[tuple[Path, Manifest]]:
    """The files of a sound backup, in a folder of their own for the length of this block.

    Args:
        backup: The file.
        folder: Where that folder is made; None is the system's place for such things.

    Raises:
        DamagedBackup: something is wrong with it; the text says what.
    """
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as made:
        place = Path(made)
        try:
            with tarfile.open(backup, mode="r:") as archive:
                manifest = _read_manifest(archive)
                for name in manifest.checksums:
                    _extract(archive, name, place)
        except tarfile.TarError as error:
            raise DamagedBackup(f"{backup} is no backup, or is damaged: {error}.") from error
        _examine(place, manifest)
        yield place, manifest


def _entry(name: str, size: int, now: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, now, 0o600
    return entry


def _read_manifest(archive: tarfile.TarFile) -> Manifest:
    try:
        told = json.loads(_member(archive, _MANIFEST).read())
        manifest = Manifest(told["created_at"], int(told["schema"]), dict(told["checksums"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedBackup("The manifest of the backup cannot be read.") from error
    if told.get("format") != _FORMAT or not {DATABASE} <= set(manifest.checksums) <= {
        DATABASE,
        SECRET,
    }:
        raise DamagedBackup("The backup is of a kind that this release does not know.")
    return manifest


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        found = archive.extractfile(name)
    except KeyError:
        found = None
    if found is None:
        raise DamagedBackup(f"The file {name} is missing from the backup.")
    return found


def _extract(archive: tarfile.TarFile, name: str, folder: Path) -> None:
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        shutil.copyfileobj(_member(archive, name), target)
        target.flush()
        os.fsync(target.fileno())


def _examine(folder: Path, manifest: Manifest) -> None:
    for name, expected in manifest.checksums.items():
        if _checksum(folder / name) != expected:
            raise DamagedBackup(f"The file {name} in the backup was changed or damaged.")
    problem = copies.problem_of(folder / DATABASE)
    if problem is not None:
        raise DamagedBackup(f"The database in the backup is damaged: {problem}.")
    if copies.schema_in(folder / DATABASE) != manifest.schema:
        raise DamagedBackup("The database in the backup is not the one of its manifest.")


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
