"""Runs the experiments and prints what they found.

    python -m benchmarks.faults [--only A1,A8] [--quick] [--json FILE]

Everything happens on loopback, in throw-away databases, within bounds. Exits with 1 when a line
fails, and with 2 when a program is missing that an experiment needs.

An experiment is a module of this folder with `run(quick)`, which returns its findings, and, where
it starts programs that are not Python's, `NEEDS`. A line in `EXPERIMENTS` adds it.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import shutil
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from benchmarks.faults.findings import Finding, Run, keep, table

EXPERIMENTS: Mapping[str, str] = {
    "A1": "killed_writers",
    "A2": "killed_writers",
    "A3": "syncs",
    "A4": "crashes",
    "A5": "outages",
    "A6": "hanging_endpoint",
    "A7": "hostile_receivers",
    "A8": "unusable_database",
    "A9": "stops",
    "A10": "online_backup",
    "A11": "second_server",
    "A12": "dying_nodes",
    "B1": "fuzzed_requests",
    "B2": "hostile_values",
    "B3": "ambiguous_requests",
    "B4": "slow_clients",
    "B5": "foreign_ids",
    "B6": "leaked_secrets",
    "B7": "panel_attacks",
    "B8": "webhook_targets",
    "C1": "limits",
    "C2": "limits",
    "C3": "limits",
    "C4": "kept_limits",
    "D1": "signatures",
}
"""Name to module, in the order of the table. Names of one module are run together."""

PACKAGES: Mapping[str, str] = {
    "strace": "strace",
    "initdb": "postgresql",
    "openssl": "openssl",
    "node": "nodejs",
    "php": "php-cli",
    "javac": "default-jdk-headless",
    "chromium": "chromium",
}
"""Which of Debian's packages has a program that experiments need."""

_POSTGRESQL = Path("/usr/lib/postgresql")


def main() -> int:
    options = _options()
    logging.disable(logging.WARNING)  # what fails is what is wanted here
    chosen = _modules(options.only)
    missing = _missing(chosen)
    if missing:
        print("\n".join(missing), file=sys.stderr)
        return 2
    runs = {names: _run(names, module, options.quick) for names, module in chosen.items()}
    print(table([finding for run in runs.values() for finding in run.findings]))
    if options.json:
        keep(options.json, runs, list(_together(tuple(EXPERIMENTS)).values()))
    passed = all(finding.passed for run in runs.values() for finding in run.findings)
    return 0 if passed else 1


def _together(names: Sequence[str]) -> dict[str, str]:
    """The modules of these experiments, in order, with the names of all that each one runs."""
    wanted = {EXPERIMENTS[name] for name in names}
    together: dict[str, list[str]] = {}
    for name, module in EXPERIMENTS.items():
        if module in wanted:
            together.setdefault(module, []).append(name)
    return {module: ", ".join(found) for module, found in together.items()}


def _modules(names: Sequence[str]) -> dict[str, ModuleType]:
    """The modules of these experiments, by the names of all that each one runs."""
    return {
        run_together: importlib.import_module(f"benchmarks.faults.{module}")
        for module, run_together in _together(names).items()
    }


def _missing(chosen: Mapping[str, ModuleType]) -> list[str]:
    """A sentence for each program that these experiments need and that is not there."""
    return [
        f"{names} needs {program}, which is missing. Debian: apt-get install {PACKAGES[program]}"
        for names, module in chosen.items()
        for program in getattr(module, "NEEDS", ())
        if shutil.which(program) is None
        and not (program == "initdb" and any(_POSTGRESQL.glob("*/bin/initdb")))
    ]


def _run(names: str, module: ModuleType, quick: bool) -> Run:
    print(f"{names} … ", end="", file=sys.stderr, flush=True)
    started = time.monotonic()
    try:
        findings: list[Finding] = module.run(quick)
    except Exception as error:
        traceback.print_exc()
        broke = f"broke off: {type(error).__name__}: {error}"
        tried = str(module.__doc__).partition(": ")[2]
        findings = [Finding(names, tried, 1, broke, "runs to its end", passed=False)]
    seconds = time.monotonic() - started
    verdict = "ok" if all(finding.passed for finding in findings) else "FAILED"
    print(f"{verdict}, {seconds:.0f} s", file=sys.stderr, flush=True)
    return Run(findings, seconds, quick)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument(
        "--only",
        type=lambda text: tuple(text.split(",")),
        default=tuple(EXPERIMENTS),
        metavar="NAMES",
        help=f"some of {', '.join(EXPERIMENTS)}, with commas between",
    )
    parser.add_argument("--quick", action="store_true", help="smaller bounds, a few seconds each")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="keep the findings there, beside those of others"
    )
    options = parser.parse_args()
    for name in options.only:
        if name not in EXPERIMENTS:
            parser.error(f"there is no experiment {name}; there are {', '.join(EXPERIMENTS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
