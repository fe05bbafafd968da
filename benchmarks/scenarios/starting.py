"""How long a contestant takes from its start to its first answer."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.contestants import programs
from benchmarks.contestants.programs import Program, running
from benchmarks.report.figures import Spread, spread
from benchmarks.report.names import OURS, PEERS
from benchmarks.scenarios.arena import Arena, copied
from benchmarks.scenarios.asking import ask


def start_up(place: Arena, times: int) -> Iterator[tuple[str, Spread]]:
    """The seconds from starting the process to the first list that is answered, for each."""
    with TemporaryDirectory(prefix="expressb2b-bench-") as folder:
        own = copied(place.data, Path(folder) / "ours")
        theirs = shutil.copy(place.theirs, Path(folder) / "theirs.db")
        programs_of: dict[str, Callable[[], Program]] = {OURS: lambda: programs.ours(own.database)}
        for peer in PEERS:
            programs_of[peer] = partial(programs.peer, peer, Path(theirs), 1, "full")
        for name, program in programs_of.items():
            yield name, spread(_first_answer(program(), own.key) for _ in range(times))


def _first_answer(program: Program, key: str) -> float:
    started = time.monotonic()
    with running(program) as server:
        ask(server.port, "/api/orders", key)
        return time.monotonic() - started
