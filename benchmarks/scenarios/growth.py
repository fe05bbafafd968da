"""What a hundred times as many orders cost: our server on a small and a large data set, in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.contestants import programs
from benchmarks.contestants.programs import Running, running
from benchmarks.data.sets import DataSet
from benchmarks.report.figures import Measured
from benchmarks.report.names import FEW, MANY
from benchmarks.scenarios.arena import copied
from benchmarks.scenarios.asking import ask
from benchmarks.scenarios.works import Work, detail_work, list_works, place_work
from benchmarks.wrk import Load, load


@dataclass(frozen=True)
class _Side:
    data: DataSet
    running: Running
    works: list[Work]


def growth(small: DataSet, large: DataSet, rounds: int, seconds: int) -> Iterator[Measured]:
    """Lists under each filter, details and orders, on both.

    The large set is not copied: it is too large, and what is placed in it is little beside what it
    holds.
    """
    with ExitStack() as held:
        folder = Path(held.enter_context(TemporaryDirectory(prefix="expressb2b-bench-")))
        sides = [_side(held, copied(small, folder)), _side(held, large)]
        for number, work in enumerate(sides[0].works):
            loads = _in_turn(sides, number, rounds, seconds)
            for name, found in zip((FEW, MANY), loads, strict=True):
                yield Measured(f"growth: {work.name}", name, found)


def _side(held: ExitStack, data: DataSet) -> _Side:
    server = held.enter_context(running(programs.ours(data.database)))
    return _Side(data, server, [*list_works(data), detail_work(data), place_work()])


def _in_turn(sides: list[_Side], number: int, rounds: int, seconds: int) -> list[list[Load]]:
    shots = [side.works[number].shot(side.data, side.running.port) for side in sides]
    for side, shot in zip(sides, shots, strict=True):
        # By hand, to see that it is 2xx.
        ask(side.running.port, shot.path, side.data.key, side.works[number].sample(side.data))
    loads: list[list[Load]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, shot, found in zip(sides, shots, loads, strict=True):
            found.append(load(side.running.port, shot, side.data.key, seconds))
    return loads
