"""Brings contestants together: each in a fresh process on a copy of the data, in turn."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.contestants import programs
from benchmarks.contestants.peers.conversion import converted
from benchmarks.contestants.programs import ROOT, Program, running
from benchmarks.data.sets import DataSet
from benchmarks.report.figures import Measured
from benchmarks.report.names import BARE, CONSTANT, NORMAL, OURS, OURS_ALONE
from benchmarks.scenarios.asking import ask, require_same_shape
from benchmarks.scenarios.works import Work
from benchmarks.wrk import Load, Shot, load

Threads = Mapping[tuple[str, str], int]
"""The number of threads that is best for a contestant and a kind of work."""


@dataclass(frozen=True)
class Arena:
    """The data, ours and theirs, and with how many threads who works."""

    data: DataSet
    theirs: Path
    threads: Threads = field(default_factory=dict)

    def threads_of(self, contestant: str, work: Work) -> int | None:
        """None stands for our own default."""
        return self.threads.get((contestant.removesuffix(NORMAL), work.like))


def arena(data: DataSet) -> Arena:
    """An arena where the others have the same data as we."""
    return Arena(data, converted(data.database))


def contest(
    place: Arena, work: Work, contestants: Sequence[str], rounds: int, seconds: int
) -> list[Measured]:
    """Let the contestants do this work in turn, so many rounds.

    Ours comes first: its answer is what the others' have to be like.
    """
    model = _Model()
    entrants = [_Entrant(place, work, name, model) for name in contestants]
    with ExitStack() as held:
        if not work.uses_up:
            for entrant in entrants:
                entrant.enter(held)
        for _ in range(rounds):
            for entrant in entrants:
                with ExitStack() as for_this_round:
                    if work.uses_up:
                        entrant.enter(for_this_round)
                    entrant.go(seconds)
        return [entrant.measured() for entrant in entrants]


class _Model:
    """Our own answer, which the others' must be like, and what it is asked with."""

    size = 0
    value: Any = None
    shot = Shot("/")


class _Entrant:
    """A contestant in one work, with what it has done so far."""

    def __init__(self, place: Arena, work: Work, name: str, model: _Model) -> None:
        self._place = place
        self._work = work
        self._name = name
        self._model = model
        self._threads = place.threads_of(name, work)
        self._loads: list[Load] = []
        self._cpu_seconds = 0.0
        self._memory_mb: float | None = None

    def enter(self, held: ExitStack) -> None:
        """Start it on a copy of its data, and look at its first answer."""
        folder = Path(held.enter_context(TemporaryDirectory(prefix="expressb2b-bench-")))
        self._data = copied(self._place.data, folder)
        if self._name == BARE:
            self._bare = held.enter_context(_bare_transactions(self._data))
            return
        self._running = held.enter_context(running(self._program(folder)))
        if self._name == CONSTANT:
            self._shot = self._model.shot
        else:
            self._shot = self._work.shot(self._data, self._running.port)
            self._compare()

    def go(self, seconds: int) -> None:
        """One round."""
        if self._name == BARE:
            self._loads.append(_bare_round(self._bare, seconds))
            return
        before = self._running.cpu_seconds()
        self._loads.append(load(self._running.port, self._shot, self._data.key, seconds))
        self._cpu_seconds += self._running.cpu_seconds() - before
        self._memory_mb = self._running.memory_mb()

    def measured(self) -> Measured:
        """All rounds."""
        requests = sum(one.requests for one in self._loads)
        cpu_ms = self._cpu_seconds * 1000 / requests if self._cpu_seconds else None
        return Measured(
            self._work.name, self._name, self._loads, self._threads, cpu_ms, self._memory_mb
        )

    def _compare(self) -> None:
        body = self._work.sample(self._data)
        path = self._work.sample_path(self._data) or self._shot.path
        text, value = ask(self._running.port, path, self._data.key, body)
        if self._name == OURS:
            self._model.size, self._model.value = len(text), value
            self._model.shot = self._shot
        elif self._model.value is not None:
            require_same_shape(self._model.value, value, self._name)

    def _program(self, folder: Path) -> Program:
        if self._name in (OURS, OURS_ALONE):
            return programs.ours(self._data.database, self._threads)
        if self._name == CONSTANT:
            ours = self._place.threads_of(OURS, self._work)
            return programs.constant(self._model.size, ours)
        shutil.copy(self._place.theirs, folder / "theirs.db")
        synchronous = "normal" if self._name.endswith(NORMAL) else "full"
        name = self._name.removesuffix(NORMAL)
        return programs.peer(name, folder / "theirs.db", self._threads or 1, synchronous)


def copied(data: DataSet, folder: Path) -> DataSet:
    """The same data in another folder."""
    shutil.copytree(data.folder, folder, dirs_exist_ok=True)
    return replace(data, folder=folder)


@contextmanager
def _bare_transactions(data: DataSet) -> Iterator[subprocess.Popen[str]]:
    """The bare transaction, ready to work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.contestants.bare_transaction", str(data.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.stdin.close()


def _bare_round(process: subprocess.Popen[str], seconds: int) -> Load:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{seconds}\n")
    process.stdin.flush()
    return Load(**json.loads(process.stdout.readline()))
