"""A run as tables of text: what each contestant did, and the goals."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.report.figures import Figures, Measured
from benchmarks.report.goals import Outcome
from benchmarks.report.names import OURS, named

_LOADS = (
    "work", "contestant", "threads", "per second", "spread", "ratio", "p50 ms", "p99 ms",
    "max ms", "CPU ms", "MB",
)  # fmt: skip
_GOALS = ("", "work", "against", "goal", "reached", "spread")


def loads_table(figures: Figures) -> str:
    """Each contestant in each scenario; `ratio` is how many times as much ours does."""
    return aligned([_LOADS, *(_load_row(figures, one) for one in figures.measured)])


def goals_table(outcomes: Sequence[Outcome]) -> str:
    """Each goal, and what was reached."""
    return aligned([_GOALS, *map(goal_row, outcomes)])


def values_table(figures: Figures) -> str:
    """Everything that is no load."""
    return aligned(
        [
            (name, figure(one.median), f"{figure(one.lowest)}-{figure(one.highest)}")
            for name, one in figures.values.items()
        ]
    )


def goal_row(outcome: Outcome) -> tuple[str, ...]:
    """The cells of one goal."""
    value = outcome.value
    return (
        "ok" if outcome.met else "MISSED",
        outcome.work,
        outcome.against,
        f"{'≤' if outcome.at_most else '≥'} {outcome.bound:g} {outcome.unit}",
        f"{figure(value.median)} {outcome.unit}",
        f"{figure(value.lowest)}-{figure(value.highest)}",
    )


def figure(value: float) -> str:
    """Three places that say something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as text in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)


def _load_row(figures: Figures, one: Measured) -> tuple[str, ...]:
    ratio = None
    if one.contestant != OURS:
        ratio = figures.ratio(one.scenario, OURS, one.contestant)
    lowest, highest = one.spread()
    return (
        one.scenario,
        named(one.contestant),
        "" if one.threads is None else str(one.threads),
        figure(one.per_second),
        f"{figure(lowest)}-{figure(highest)}",
        "" if ratio is None else figure(ratio.median),
        figure(one.middle("p50_ms")),
        figure(one.middle("p99_ms")),
        figure(max(load.max_ms for load in one.loads)),
        "" if one.cpu_ms is None else figure(one.cpu_ms),
        "" if one.memory_mb is None else figure(one.memory_mb),
    )
