"""B1: requests from the OpenAPI document, and real ones with bytes changed, to a real server."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.faults.generated_requests import generated
from benchmarks.faults.mutated_bytes import mutated
from benchmarks.faults.ordering import LOOPBACK, database_in, prepared
from tests.server_processes import running

ENOUGH = 10_000


def run(quick: bool) -> list[Finding]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shop = prepared(database_in(folder))
        with running(folder, "--database", database_in(folder), variables=LOOPBACK) as server:
            found = [
                *mutated(server.port, shop, 200 if quick else 3000),
                *generated(server.address, shop.key, *((1, 20) if quick else (10,))),
            ]
            return [*found, _after_all(found, server.get("/readyz").status, quick)]


def _after_all(found: list[Finding], status: int, quick: bool) -> Finding:
    times = sum(finding.times for finding in found)
    return Finding(
        "B1 after all",
        "the same process, asked whether it is ready",
        times,
        f"{status}",
        f"200{'' if quick else f', after at least {ENOUGH:,} requests'}",
        status == 200 and (quick or times >= ENOUGH),
    )
