"""What an experiment found, the table of all findings, and the file that keeps them."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One line of the table: what was tried, how often, what came of it, and what must hold.

    `experiment` begins with the experiment's name, such as `A4`.
    """

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


@dataclass(frozen=True)
class Run:
    """An experiment that was run, with how long it took."""

    findings: Sequence[Finding]
    seconds: float
    quick: bool


def keep(path: Path, runs: Mapping[str, Run], order: Sequence[str]) -> None:
    """Write what these experiments found; what the file says of other experiments stays."""
    kept: dict[str, Any] = {}
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
    for name, run in runs.items():
        kept[name] = {
            "on": datetime.now(UTC).date().isoformat(),
            "python": platform.python_version(),
            "quick": run.quick,
            "seconds": round(run.seconds),
            "findings": [asdict(finding) for finding in run.findings],
        }
    ordered = {name: kept[name] for name in order if name in kept}
    text = json.dumps(ordered, ensure_ascii=False, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8")
