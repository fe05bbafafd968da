"""What an experiment found, and the table of all findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line of the table: what was tried, how often, what came of it, and what must hold."""

    experiment: str
    tried: str
    times: int
    result: str
    pass_line: str
    passed: bool


_TITLES = ("", "experiment", "tried", "times", "result", "passes when")


def table(findings: Sequence[Finding]) -> str:
    """The findings as aligned text."""
    rows = [_TITLES] + [
        (
            "ok" if one.passed else "FAILED",
            one.experiment,
            one.tried,
            str(one.times),
            one.result,
            one.pass_line,
        )
        for one in findings
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
