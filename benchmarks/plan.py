"""What a run measures, in which order, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import webhooks
from benchmarks.data.sets import DataSet, data_set
from benchmarks.report.figures import Figures, Measured, Spread
from benchmarks.report.names import BARE, CONSTANT, NORMAL, OURS, PEERS, START, WEBHOOKS
from benchmarks.scenarios import growth, interference, starting, threads
from benchmarks.scenarios.arena import Arena, arena, contest
from benchmarks.scenarios.works import Work, all_works

Say = Callable[[str], None]
_FEW, _SOME, _MANY = 10_000, 100_000, 1_000_000
_WEBHOOK_ENDPOINTS = 10


@dataclass(frozen=True)
class Plan:
    """How much of everything. Lists under filters and growth take one second a round."""

    folder: Path
    rounds: int
    seconds: int
    threads_tried: tuple[int, ...]
    orders: int = _FEW
    orders_for_interference: int = _SOME
    many_orders: int | None = _MANY
    deliveries: int = 2000
    starts: int = 5


def quick(folder: Path) -> Plan:
    """To see that everything works; the figures say little."""
    return Plan(folder, 1, 1, (1,), 10_000, 10_000, 20_000, 400, 1)


def short(folder: Path) -> Plan:
    """A few minutes: all contestants on few orders."""
    return Plan(folder, 3, 1, (1, 4), orders_for_interference=_FEW, many_orders=None, starts=3)


def full(folder: Path) -> Plan:
    """Everything."""
    return Plan(folder, 5, 2, threads.TRIED)


class Run:
    """A run of a plan; what it measures goes into `figures` at once."""

    def __init__(self, plan: Plan, figures: Figures, works: set[str], say: Say) -> None:
        self._plan = plan
        self._figures = figures
        self._works = works
        self._say = say

    def do(self, parts: Sequence[str]) -> None:
        """Measure these parts (of `PARTS`), or all when none is named."""
        for name, part in PARTS.items():
            if not parts or name in parts:
                self._say(name)
                part(self)

    def contest(self) -> None:
        """All contestants in each of the works, or in those that were named."""
        untried = arena(self._set(self._plan.orders))
        works = [w for w in all_works(untried.data) if w.name in (self._works or {w.name})]
        self._say(f"trying {self._plan.threads_tried} threads")
        kinds = {work.like for work in works}
        tried = list(threads.tries(untried, self._plan.threads_tried, kinds))
        self._figures.measured += [
            replace(one, scenario=f"{one.scenario}, {one.threads} threads") for one in tried
        ]
        place = replace(untried, threads=threads.best_of(tried))
        for work in works:
            self._say(work.name)
            self._figures.measured += self._contest(place, work)

    def _contest(self, place: Arena, work: Work) -> list[Measured]:
        if ", " in work.name:  # a variant of another
            return contest(place, work, _who(work), min(self._plan.rounds, 3), 1)
        return contest(place, work, _who(work), self._plan.rounds, self._plan.seconds)

    def one_thread(self) -> None:
        """Our reads with one thread beside our default."""
        place = arena(self._set(self._plan.orders))
        self._figures.measured += threads.ours_with_one(place, self._plan.rounds, 1)

    def starting(self) -> None:
        """From the start of the process to the first answer."""
        place = arena(self._set(self._plan.orders))
        for name, seconds in starting.start_up(place, self._plan.starts):
            self._figures.values[f"{START}: {name}"] = seconds

    def webhooks(self) -> None:
        """Deliveries beside a bare loop of the same client."""
        found = webhooks.measure_throughput(
            _WEBHOOK_ENDPOINTS, self._plan.deliveries, self._plan.rounds
        )
        self._figures.values[WEBHOOKS] = Spread(
            found.ratio, found.lowest_ratio, found.highest_ratio
        )

    def interference(self) -> None:
        """Lists beside bulk upserts and backups."""
        data = self._set(self._plan.orders_for_interference)
        self._figures.measured += interference.interference(
            data, self._plan.rounds, self._plan.seconds
        )

    def growth(self) -> None:
        """Many orders beside few."""
        if self._plan.many_orders is None:
            return
        few, many = self._set(self._plan.orders), self._set(self._plan.many_orders)
        self._figures.measured += growth.growth(few, many, min(self._plan.rounds, 3), 1)

    def _set(self, orders: int) -> DataSet:
        def tell(done: int) -> None:
            if done % 100_000 == 0:
                self._say(f"making data: {done:,} of {orders:,} orders")

        return data_set(self._plan.folder / str(orders), orders, tell)


def _who(work: Work) -> list[str]:
    """Who does this work: beside a constant answer stands what is only read."""
    if work.name == "place":
        return [OURS, *PEERS, *(peer + NORMAL for peer in PEERS), BARE]
    return [OURS, CONSTANT, *PEERS] if work.name.startswith(("list", "detail")) else [OURS, *PEERS]


PARTS: Mapping[str, Callable[[Run], None]] = {
    "contest": Run.contest,
    "threads": Run.one_thread,
    "starting": Run.starting,
    "webhooks": Run.webhooks,
    "interference": Run.interference,
    "growth": Run.growth,
}
