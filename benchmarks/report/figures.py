"""The figures of a run as values and as JSON, and how two of them compare."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.wrk import Load


@dataclass(frozen=True)
class Measured:
    """One contestant in one scenario: a load for each round, in the order of the rounds.

    `cpu_ms` is its CPU time for a request, `memory_mb` what it holds afterwards, None where that
    was not looked at.
    """

    scenario: str
    contestant: str
    loads: Sequence[Load]
    threads: int | None = None
    cpu_ms: float | None = None
    memory_mb: float | None = None

    @property
    def per_second(self) -> float:
        return statistics.median(one.per_second for one in self.loads)

    def middle(self, name: str) -> float:
        """The median over the rounds of `p50_ms`, `p99_ms` or `max_ms`."""
        return float(statistics.median(getattr(one, name) for one in self.loads))

    def spread(self) -> tuple[float, float]:
        """The slowest and the fastest round, in requests per second."""
        rates = [one.per_second for one in self.loads]
        return min(rates), max(rates)


@dataclass(frozen=True)
class Spread:
    """A median, and the lowest and highest of the rounds."""

    median: float
    lowest: float
    highest: float


@dataclass
class Figures:
    """All figures of a run; `values` are those that are no loads, such as seconds to start."""

    about: Mapping[str, object]
    measured: list[Measured] = field(default_factory=list)
    values: dict[str, Spread] = field(default_factory=dict)

    def find(self, scenario: str, contestant: str) -> Measured | None:
        """What this contestant did in this scenario; None when it was not measured."""
        wanted = (scenario, contestant)
        return next((m for m in self.measured if (m.scenario, m.contestant) == wanted), None)

    def ratio(self, scenario: str, contestant: str, other: str) -> Spread | None:
        """How many times as much one does as the other, round by round."""
        ours, theirs = self.find(scenario, contestant), self.find(scenario, other)
        if ours is None or theirs is None:
            return None
        return spread(
            a.per_second / b.per_second for a, b in zip(ours.loads, theirs.loads, strict=False)
        )

    def write(self, path: Path, extra: Mapping[str, object]) -> None:
        """Write everything as JSON."""
        told = {**asdict(self), **extra}
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def read(path: Path) -> Figures:
    """The figures in a file of `Figures.write`."""
    told = json.loads(path.read_text())
    measured = [
        Measured(**{**one, "loads": [Load(**load) for load in one["loads"]]})
        for one in told["measured"]
    ]
    values = {name: Spread(**one) for name, one in told["values"].items()}
    return Figures(told["about"], measured, values)


def spread(values: Iterable[float]) -> Spread:
    """The median of some values, and how far they lie apart."""
    found = sorted(values)
    return Spread(statistics.median(found), found[0], found[-1])
