"""The page about reliability: what the fault experiments found, from the file they keep."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FOUND = Path(__file__).parents[2] / "benchmarks" / "faults" / "latest.json"

_INTRODUCTION = """\
# Reliability

<!-- Written by `make docs` from benchmarks/faults/latest.json; do not edit. -->

What was acknowledged is not lost, limits are exact, and nobody gets in where they don't belong.
These are promises, so they are tried: servers are killed, disks filled, databases restarted,
receivers break, and clients attack. Each experiment has a line that says when it passes, and the
program ends with 1 when one does not.

<!-- not run: it takes a quarter of an hour and more -->

```sh
make faults
make faults ARGS='--only A1,A8 --quick'
```

The first runs everything, the second two experiments with smaller bounds. They need a few programs
such as strace and PostgreSQL; what is missing is named, with the command that installs it. All
happens on loopback, in databases that are thrown away.

"""

_GROUPS = {
    "A": "Nothing acknowledged is lost",
    "B": "Nobody gets in where they don't belong",
    "C": "Limits are exact",
    "D": "Signatures hold",
}

_LIMITATIONS = """\
## What this does not show

- **Power that fails.** `kill -9` ends a program, not the machine, and what the program had written
  is still in the system's memory. That it is on the disk before a 201 is what A3 shows, up to the
  disk's word: one that confirms a sync it has not done loses what any database writes.
- **A crash of the server and limits.** Windows of a server on SQLite are kept in memory and written
  at a graceful end; after a crash they begin anew, so in the minute around it a key may get twice
  its limit. On PostgreSQL they are in the database, and lost in a crash of that alone.
- **Distance.** On loopback nothing is lost or late on the way.
"""


def page() -> str:
    """The page: a table for each group of experiments."""
    runs: Mapping[str, Mapping[str, Any]] = json.loads(FOUND.read_text(encoding="utf-8"))
    parts = [_INTRODUCTION]
    for letter, title in _GROUPS.items():
        findings = [
            finding
            for name, run in runs.items()
            if name.startswith(letter)
            for finding in run["findings"]
        ]
        if findings:
            parts.append(f"## {title}\n\n{_table(findings)}\n")
    parts.append(f"{_origin(list(runs.values()))}\n\n{_LIMITATIONS}")
    return "".join(parts)


def _table(findings: Sequence[Mapping[str, Any]]) -> str:
    rows = ["| experiment | tried | times | result | passes when |", "|---|---|--:|---|---|"]
    return "".join(f"{row}\n" for row in (*rows, *map(_row, findings)))


def _row(finding: Mapping[str, Any]) -> str:
    verdict = "" if finding["passed"] else "failed: "
    cells = (
        finding["experiment"],
        finding["tried"],
        f"{finding['times']:,}",
        f"{verdict}{finding['result']}",
        finding["pass_line"],
    )
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """Text as it stands, in a cell."""
    escaped = text.replace("\n", " ")
    for character in "\\|*_<[`":
        escaped = escaped.replace(character, f"\\{character}")
    return escaped


def _origin(runs: Sequence[Mapping[str, Any]]) -> str:
    dates = sorted({run["on"] for run in runs})
    pythons = ", ".join(sorted({run["python"] for run in runs}))
    minutes = sum(run["seconds"] for run in runs) / 60
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    bounds = ", some with smaller bounds" if any(run["quick"] for run in runs) else ""
    return f"Found on {when} with Python {pythons}, in {minutes:.0f} minutes{bounds}."
