"""Runs the experiments and prints what they found.

    python -m benchmarks.faults [--quick] [NAMES]

Everything happens on loopback, in throw-away databases, within bounds. Exits with 1 when a line
fails.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Mapping

from benchmarks.faults import crashes, hanging_endpoint, hostile_receivers, outages
from benchmarks.faults.findings import Finding, table

EXPERIMENTS: Mapping[str, Callable[[bool], list[Finding]]] = {
    "A4": crashes.run,
    "A5": outages.run,
    "A6": hanging_endpoint.run,
    "A7": hostile_receivers.run,
}


def main() -> int:
    options = _options()
    logging.disable(logging.WARNING)  # endpoints that fail are what is wanted here
    findings: list[Finding] = []
    for name in options.names or EXPERIMENTS:
        print(f"{name} …", file=sys.stderr, flush=True)
        findings += EXPERIMENTS[name](options.quick)
    print(table(findings))
    return 0 if all(finding.passed for finding in findings) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(EXPERIMENTS))
    parser.add_argument("--quick", action="store_true", help="smaller bounds, a few seconds each")
    options = parser.parse_args()
    for name in options.names:
        if name not in EXPERIMENTS:
            parser.error(f"there is no experiment {name}; there are {', '.join(EXPERIMENTS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
