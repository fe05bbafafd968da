"""A11: a second server on the same file is refused, and told of the first."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.faults.ordering import LOOPBACK, Client, Shop, database_in, prepared
from tests.server_processes import PATIENCE_SECONDS, ServerProcess, command, environment, running


def run(quick: bool) -> list[Finding]:
    times = 2 if quick else 10
    with tempfile.TemporaryDirectory() as name:
        folder, alias = Path(name) / "data", Path(name) / "alias"
        folder.mkdir()
        alias.symlink_to(folder)
        shop = prepared(database_in(folder))
        # Each first one is killed: what it held must not keep the next one out.
        refused = sum(
            _try(folder, through, shop) for _ in range(times) for through in (folder, alias)
        )
    return [
        Finding(
            "A11 second server",
            "by the same path and through a link; the first one killed, the next one started",
            2 * times,
            f"{refused} refused with exit 1, naming the process and address of the first, which "
            f"answered on",
            f"{2 * times} refused",
            refused == 2 * times,
        )
    ]


def _try(folder: Path, through: Path, shop: Shop) -> bool:
    with running(folder, "--database", database_in(folder), variables=LOOPBACK) as first:
        ended = subprocess.run(
            command("--port", "0", "--database", database_in(through)),
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            timeout=PATIENCE_SECONDS,
            env=environment(folder, LOOPBACK),
        )
        return ended.returncode == 1 and _names(ended.stderr, first) and _answers(first, shop)


def _names(refusal: str, first: ServerProcess) -> bool:
    return f"process {first.process.pid}, {first.address}" in refusal


def _answers(first: ServerProcess, shop: Shop) -> bool:
    client = Client(first.port, shop)
    status = client.request("GET", "/api/orders").status
    client.close()
    return status == 200
