"""One server for each SQLite file: limits and deliveries are counted in its process.

The lock is the operating system's, so it ends with the process however that ends. PostgreSQL
serves several.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from expressb2b_core.errors import DatabaseInUse, Misconfigured
from expressb2b_core.storage.opening import file_of, make_folder

try:
    import fcntl
except ImportError:  # pragma: no cover - not on this platform: nobody is kept out
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class ServerLock:
    """The lock while it is held; without a descriptor there is nothing to hold."""

    descriptor: int | None = None

    def name_holder(self, address: str) -> None:
        """Leave word who holds it, for whoever is refused because of it."""
        if self.descriptor is not None:
            os.ftruncate(self.descriptor, 0)
            os.pwrite(self.descriptor, f"process {os.getpid()}, {address}".encode(), 0)


@contextmanager
def only_server(database: str) -> Iterator[ServerLock]:
    """Hold the file of this database for one server; other programs may use it still.

    Raises:
        DatabaseInUse: another server holds it; the text names it.
        Misconfigured: the folder cannot be made or written.
    """
    path = file_of(database)
    if path is None or fcntl is None:
        yield ServerLock()
        return
    make_folder(path.parent)
    descriptor = _open(Path(f"{path.resolve()}.server-lock"))
    try:
        _take(descriptor, path)
        lock = ServerLock(descriptor)
        lock.name_holder("starting")
        yield lock
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.") from error


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 1000, 0).decode(errors="replace")
        raise DatabaseInUse(
            f"Another server ({holder}) has {path} open: stop it first, or give this one "
            "another database with --database."
        ) from None
