"""What readers feel of others: lists while products are upserted in bulk, and during a backup."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.contestants import programs
from benchmarks.contestants.programs import ROOT, Running, running
from benchmarks.data.sets import DataSet
from benchmarks.report.figures import Measured
from benchmarks.report.names import BACKUP, BESIDE_OTHERS, BULK, QUIET
from benchmarks.scenarios.arena import copied
from benchmarks.scenarios.works import bulk_work, list_works
from benchmarks.wrk import Load, load, loading, outcome

_CLIENTS = 4
_BULK_CLIENTS = 1


def interference(data: DataSet, rounds: int, seconds: int) -> Iterator[Measured]:
    """Four clients read lists: undisturbed, beside one that upserts, beside backups on end."""
    with TemporaryDirectory(prefix="expressb2b-bench-") as folder:
        own = copied(data, Path(folder) / "data")
        with running(programs.ours(own.database)) as server:
            shot = list_works(own)[0].shot(own, server.port)
            disturbed: dict[str, Callable[[], AbstractContextManager[object]]] = {
                QUIET: nullcontext,
                BULK: lambda: _upserting(own, server, seconds),
                BACKUP: lambda: _backing_up(own, Path(folder)),
            }
            loads: dict[str, list[Load]] = {name: [] for name in disturbed}
            for _ in range(rounds):
                for name, disturbance in disturbed.items():
                    with disturbance():
                        loads[name].append(load(server.port, shot, own.key, seconds, _CLIENTS))
    for name, found in loads.items():
        yield Measured(BESIDE_OTHERS, name, found)


@contextmanager
def _upserting(data: DataSet, server: Running, seconds: int) -> Iterator[None]:
    """Bulk upserts, one after the other, a little longer than the readers read."""
    shot = bulk_work().shot(data, server.port)
    with loading(server.port, shot, data.key, seconds + 1, _BULK_CLIENTS) as running:
        yield
        if not outcome(running, shot).requests:
            raise SystemExit("no bulk upsert came through beside the readers")


@contextmanager
def _backing_up(data: DataSet, folder: Path) -> Iterator[None]:
    """One backup after the other, made by the command line; one that fails ends the run."""
    enough = threading.Event()

    def work() -> None:
        while not enough.is_set():
            _back_up(data, folder / "backup")

    with ThreadPoolExecutor(1) as beside:
        backups = beside.submit(work)
        try:
            yield
        finally:
            enough.set()
        backups.result()


def _back_up(data: DataSet, target: Path) -> None:
    subprocess.run(
        [sys.executable, "cli.py", "backup", "create", str(target), "--database",
         f"sqlite:///{data.database}"],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    target.unlink()
