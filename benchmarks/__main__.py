"""Measures how fast it is, beside what users would pick instead.

    python -m benchmarks [--full | --quick] [--part PART …] [--work WORK …]
                         [--data FOLDER] [--json FILE]

`make bench` takes a few minutes; `--full` (`make bench-full`) adds a million orders and more
rounds. Data sets are kept in the folder of `--data` for the next run.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from benchmarks import plan as plans
from benchmarks.report.figures import Figures
from benchmarks.report.goals import Outcome, outcomes
from benchmarks.report.note import note
from benchmarks.report.table import goals_table, loads_table, values_table
from benchmarks.wrk import require_wrk

_PACKAGES = ("bottle", "waitress", "fastapi", "uvicorn", "flask", "sqlalchemy", "pydantic")


def main() -> None:
    options = _options()
    require_wrk()
    plan = (
        plans.full(options.data)
        if options.full
        else plans.quick(options.data)
        if options.quick
        else plans.short(options.data)
    )
    figures = Figures(_about(plan))
    started = time.monotonic()
    try:
        plans.Run(plan, figures, set(options.work), _say).do(options.part)
    finally:
        found = outcomes(figures)
        _print(figures, found, time.monotonic() - started)
        if options.json is not None:
            told = [asdict(one) | {"met": one.met} for one in found]
            figures.write(options.json, {"goals": told})


def _print(figures: Figures, found: list[Outcome], seconds: float) -> None:
    print(loads_table(figures))
    print()
    if figures.values:
        print(values_table(figures), end="\n\n")
    print(goals_table(found))
    met = sum(one.met for one in found)
    print(f"\n{met} of {len(found)} goals reached, in {seconds:.0f} s.\n\n{note()}")


def _about(plan: plans.Plan) -> dict[str, object]:
    return {
        "made_at": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in _PACKAGES},
        "orders": plan.orders,
        "many_orders": plan.many_orders,
        "rounds": plan.rounds,
        "seconds": plan.seconds,
    }


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="everything")
    size.add_argument("--quick", action="store_true", help="to see that it works")
    parser.add_argument("--part", action="append", default=[], choices=list(plans.PARTS))
    parser.add_argument("--work", action="append", default=[], help="such as list or place")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        default=Path(tempfile.gettempdir()) / "expressb2b-bench-data",
        help="where data sets are kept (a million orders take 13 GB)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
