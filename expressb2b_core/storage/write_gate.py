"""One writer at a time: between the threads of a process, and between processes on one file.

SQLite lets one connection write; the others would poll and starve. The gate queues them instead.
It covers checkpoints too (they happen inside a commit): before 3.51.3 SQLite could lose a commit
of one connection that met another connection's checkpoint. https://sqlite.org/wal.html#walresetbug
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from expressb2b_core.errors import StorageUnavailable

try:
    import fcntl
except ImportError:  # pragma: no cover - not on this platform: threads are still queued
    fcntl = None  # type: ignore[assignment]

WAIT_SECONDS = 5.0
_LEAST_WAIT_SECONDS = 0.05
_POLL_SECONDS = 0.002


class WriteGate:
    """A lock for threads and, with a path, for processes; waits at most five seconds."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._descriptor: int | None = None
        self._owner = os.getpid()

    def __enter__(self) -> None:
        self._enter(time.perf_counter())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()

    @contextmanager
    def held(self, since: float) -> Iterator[None]:
        """The lock for this block, for somebody who waits `since`, by `time.perf_counter`."""
        self._enter(since)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, since: float) -> None:
        patience = max(_LEAST_WAIT_SECONDS, since + WAIT_SECONDS - time.perf_counter())
        if not self._threads.acquire(timeout=patience):
            raise StorageUnavailable("The database is busy; nothing was changed.")
        try:
            self._lock_file(since + WAIT_SECONDS)
        except BaseException:
            self._threads.release()
            raise

    def _leave(self) -> None:
        if self._descriptor is not None and fcntl is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._threads.release()

    def close(self) -> None:
        """Let go of the lock file, unless another thread's write needs it at this moment."""
        if not self._threads.acquire(blocking=False):
            return
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        self._threads.release()

    def _lock_file(self, deadline: float) -> None:
        if self._path is None or fcntl is None:
            return
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._wait_for_file(descriptor, deadline)

    def _open(self) -> int:
        # A forked child shares the parent's lock until it opens the file itself.
        if self._descriptor is None or self._owner != os.getpid():
            assert self._path is not None
            try:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise StorageUnavailable(f"The database cannot be written: {error}.") from error
            self._owner = os.getpid()
        return self._descriptor

    def _wait_for_file(self, descriptor: int, deadline: float) -> None:
        while time.perf_counter() < deadline:
            time.sleep(_POLL_SECONDS)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            return
        raise StorageUnavailable("Another process is writing the database; nothing was changed.")
