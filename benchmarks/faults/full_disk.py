"""The disk of a running server fills up, and has room again."""

from __future__ import annotations

import contextlib
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.faults.mixed_load import MixedLoad
from benchmarks.faults.ordering import LOOPBACK, database_in, prepared
from benchmarks.faults.stored_orders import flaws, order_ids
from tests.receivers import wait_until
from tests.server_processes import ServerProcess, running

WRITERS = 4
DISK = "24m"
BACK_SECONDS = 5

_Trouble = Callable[[ServerProcess, Path], contextlib.AbstractContextManager[None]]


def run(quick: bool) -> list[Finding]:
    seconds = 2 if quick else 10
    with tempfile.TemporaryDirectory() as name, _small_disk(Path(name)) as is_small:
        if is_small:
            return [_observe("a disk of 24 MB is filled up", Path(name), _filled, seconds)]
        return [_observe("files may grow no more (RLIMIT_FSIZE)", Path(name), _capped, seconds)]


def _observe(tried: str, folder: Path, trouble: _Trouble, seconds: float) -> Finding:
    shop = prepared(database_in(folder))
    with running(folder, "--database", database_in(folder), variables=LOOPBACK) as server:
        load = MixedLoad(server.port, shop, WRITERS)
        with load.running():
            wait_until(lambda: load.writes(201) > 50)
            with trouble(server, folder):
                wait_until(lambda: load.writes(503) > 0)
                time.sleep(seconds)
            refused, placed = load.writes(503), load.writes(201)
            started = time.monotonic()
            wait_until(lambda: load.writes(201) > placed + 50)
            back_seconds = time.monotonic() - started
        code = server.stop()
    missing = len(load.writers.acknowledged - order_ids(folder / "shop.db"))
    wrong = [*flaws(folder / "shop.db"), *(f"{n} x {what}" for what, n in load.wrong.items())]
    return Finding(
        "A8 disk full",
        f"{tried} for {seconds:g} s under {WRITERS} writers",
        sum(load.writers.answers[name] is not None for name in load.writers.answers),
        f"{refused} answers 503 with Retry-After, {load.reads} reads, writing again after "
        f"{back_seconds:.1f} s, {missing} lost, {'; '.join(wrong) or 'integrity ok'}",
        "503 with Retry-After, reads go on, no restart, 0 lost, integrity ok",
        refused > 0 and missing == 0 and not wrong and code == 0 and back_seconds <= BACK_SECONDS,
    )


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """The folder as a disk of its own, where this program may mount one; tells whether."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    try:
        is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        is_mounted = False
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def _filled(server: ServerProcess, folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    yield
    filler.unlink()


@contextmanager
def _capped(server: ServerProcess, folder: Path) -> Iterator[None]:
    size = (folder / "shop.db-wal").stat().st_size
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, before[1]))
    yield
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
