"""What to reach, each a ratio within one run, and whether a run reached it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.report.figures import Figures, Spread, spread
from benchmarks.report.names import (
    BACKUP,
    BARE,
    BESIDE_OTHERS,
    BULK,
    CONSTANT,
    FEW,
    MANY,
    NORMAL,
    OURS,
    OURS_ALONE,
    QUIET,
    START,
    WEBHOOKS,
    named,
)

_LISTS = (
    "list",
    "list, status",
    "list, account",
    "list, site",
    "list, one day",
    "list, half of all days",
    "list, cursor deep inside",
)


@dataclass(frozen=True)
class Goal:
    """What is to be reached; `at_most` says in which direction."""

    work: str
    against: str
    bound: float
    value: Callable[[Figures], Spread | None]
    at_most: bool = False
    unit: str = "×"


@dataclass(frozen=True)
class Outcome:
    """A goal and what a run came to."""

    work: str
    against: str
    bound: float
    at_most: bool
    unit: str
    value: Spread

    @property
    def met(self) -> bool:
        if self.at_most:
            return self.value.median <= self.bound
        return self.value.median >= self.bound


def outcomes(figures: Figures) -> list[Outcome]:
    """Each goal that this run can tell something about."""
    return [
        Outcome(goal.work, goal.against, goal.bound, goal.at_most, goal.unit, value)
        for goal in _goals()
        if (value := goal.value(figures)) is not None
    ]


def _goals() -> Iterator[Goal]:
    yield from _against_others()
    yield from _of_our_own()
    yield from _growth()


def _against_others() -> Iterator[Goal]:
    bounds: dict[str, dict[str, float]] = {
        "list": {CONSTANT: 0.75, "fastapi": 40, "flask": 15},
        "detail": {CONSTANT: 0.75, "fastapi": 20, "flask": 6},
        "place": {BARE: 0.4, "fastapi" + NORMAL: 12, "flask" + NORMAL: 7},
        "bulk 500": {"fastapi": 8, "flask": 4},
    }
    for work, others in bounds.items():
        for other, bound in others.items():
            yield Goal(work, named(other), bound, _ratio(work, OURS, other))


def _of_our_own() -> Iterator[Goal]:
    yield Goal("place, p99", "16 clients", 25, _latency("place", "p99_ms"), True, "ms")
    yield Goal("place, max", "16 clients", 250, _worst("place"), True, "ms")
    yield Goal("bulk 500, CPU", "a request", 4, _cpu("bulk 500"), True, "ms")
    yield Goal("webhooks", "bare loop of the same client", 0.6, _value(WEBHOOKS))
    for work in ("list", "detail"):
        ratio = _ratio(f"{work}, threads", OURS, OURS_ALONE)
        yield Goal(f"{work}, several threads", "one thread", 0.9, ratio)
    yield Goal("list, p99 " + BULK, QUIET, 3, _p99_ratio(BULK), True)
    yield Goal("list, p99 " + BACKUP, QUIET, 3, _p99_ratio(BACKUP), True)
    yield Goal("memory", "after the mixed load", 90, _memory, True, "MB")
    yield Goal("start", "to the first answer", 0.8, _value(f"{START}: {OURS}"), True, "s")


def _growth() -> Iterator[Goal]:
    for work in (*_LISTS, "detail", "place"):
        cost = _ratio(f"growth: {work}", FEW, MANY)
        yield Goal(f"growth, {work}", "many orders cost × few", 1.3, cost, at_most=True)


def _ratio(work: str, ours: str, other: str) -> Callable[[Figures], Spread | None]:
    return lambda figures: figures.ratio(work, ours, other)


def _value(name: str) -> Callable[[Figures], Spread | None]:
    return lambda figures: figures.values.get(name)


def _latency(work: str, name: str) -> Callable[[Figures], Spread | None]:
    def value(figures: Figures) -> Spread | None:
        found = figures.find(work, OURS)
        return None if found is None else spread(getattr(one, name) for one in found.loads)

    return value


def _worst(work: str) -> Callable[[Figures], Spread | None]:
    """The longest of all rounds: a maximum has no median."""

    def value(figures: Figures) -> Spread | None:
        found = figures.find(work, OURS)
        if found is None:
            return None
        longest = [one.max_ms for one in found.loads]
        return Spread(max(longest), min(longest), max(longest))

    return value


def _cpu(work: str) -> Callable[[Figures], Spread | None]:
    def value(figures: Figures) -> Spread | None:
        found = figures.find(work, OURS)
        return None if found is None or found.cpu_ms is None else spread([found.cpu_ms])

    return value


def _memory(figures: Figures) -> Spread | None:
    found = figures.find("mixed 80/20", OURS)
    return None if found is None or found.memory_mb is None else spread([found.memory_mb])


def _p99_ratio(disturbed: str) -> Callable[[Figures], Spread | None]:
    def value(figures: Figures) -> Spread | None:
        quiet, other = figures.find(BESIDE_OTHERS, QUIET), figures.find(BESIDE_OTHERS, disturbed)
        if quiet is None or other is None:
            return None
        pairs = zip(other.loads, quiet.loads, strict=True)
        return spread(a.p99_ms / b.p99_ms for a, b in pairs)

    return value
