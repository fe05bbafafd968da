"""The tables of a run as Markdown, put between two marks of a page.

python -m benchmarks.report.markdown RUN.json PAGE.md
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report.figures import Figures, read
from benchmarks.report.goals import outcomes
from benchmarks.report.names import BARE, CONSTANT, OURS, PEERS, named
from benchmarks.report.picture import WORKS
from benchmarks.report.table import figure, goal_row

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_OTHERS = (CONSTANT, *PEERS, BARE)


def tables(figures: Figures) -> str:
    """How many times as much ours does, in each work; and each goal."""
    about = figures.about
    others = [f"× {named(other)}" for other in _OTHERS]
    ratios: list[Sequence[str]] = [("work", "requests a second", *others)]
    ratios += [row for work in WORKS if (row := _ratio_row(figures, work))]
    goals: list[Sequence[str]] = [("work", "against", "goal", "reached", "spread", "")]
    for outcome in outcomes(figures):
        mark, *cells = goal_row(outcome)
        goals.append((*cells, "" if outcome.met else mark.lower()))
    told = (
        f"{about['rounds']} rounds of {about['seconds']} s on {about['orders']:,} orders, "
        f"{about['cores']} cores, CPython {about['python']}, SQLite {about['sqlite']}."
    )
    return f"{told}\n{_threads(figures)}\n\n{_table(ratios)}\n\n{_table(goals)}"


def put_into(page: str, text: str) -> str:
    """The page with this text between its marks.

    Raises:
        ValueError: the page has no marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def _threads(figures: Figures) -> str:
    """With how many threads the others were best, work by work."""
    told = []
    for peer in PEERS:
        found = [one for work in WORKS if (one := figures.find(work, peer))]
        numbers = ", ".join(f"{one.scenario} {one.threads}" for one in found)
        told.append(f"{named(peer)}: {numbers}.")
    return textwrap.fill(f"The best numbers of threads: {' '.join(told)}", 100)


def _ratio_row(figures: Figures, work: str) -> tuple[str, ...] | None:
    ours = figures.find(work, OURS)
    if ours is None:
        return None
    ratios = [figures.ratio(work, OURS, other) for other in _OTHERS]
    cells = ["–" if ratio is None else figure(ratio.median) for ratio in ratios]
    return (work, figure(ours.per_second), *cells)


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    run, page = Path(sys.argv[1]), Path(sys.argv[2])
    page.write_text(put_into(page.read_text(), tables(read(run))))


if __name__ == "__main__":
    main()
