"""A3: seen from the system calls, what a 201 acknowledges has been synced to disk before."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.faults.ordering import LOOPBACK, Client, Shop, database_in, prepared
from tests.receivers import wait_until
from tests.server_processes import ServerProcess, command, environment

NEEDS = ("strace",)

_CALLS = "trace=recvfrom,sendto,pwrite64,fsync,fdatasync"
_LINE = re.compile(r"(?P<thread>\d+) +(?:<\.\.\. )?(?P<call>\w+)(?P<rest>.*)")
_SYNCS = ("fsync", "fdatasync")


def run(quick: bool) -> list[Finding]:
    orders = 20 if quick else 200
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shop = prepared(database_in(folder))
        placed = _place_under_strace(folder, shop, orders)
        seen = observed((folder / "trace").read_text().splitlines())
    return [
        Finding(
            "A3 synced first",
            "orders one after the other, under strace",
            orders,
            f"{seen.synced} of {seen.acknowledged} answers 201 after the log was written and "
            f"synced",
            f"{orders} of {orders}",
            placed == seen.acknowledged == seen.synced == orders,
        )
    ]


def _place_under_strace(folder: Path, shop: Shop, orders: int) -> int:
    trace = folder / "trace"
    strace = ["strace", "-D", "-f", "-y", "-s", "24", "-e", _CALLS, "-o", str(trace)]
    served = command("--port", "0", "--database", database_in(folder))
    with subprocess.Popen(
        [*strace, *served],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
        env=environment(folder, LOOPBACK),
    ) as process:
        server = ServerProcess(process)
        client = Client(server.port, shop)
        placed = sum(client.place(f"A3-{number}").status == 201 for number in range(orders))
        client.close()
        server.stop()
    # strace writes on for a moment after the server has ended.
    ended = re.compile(rf"^{process.pid} +\+\+\+ exited", re.MULTILINE)
    wait_until(lambda: ended.search(trace.read_text()) is not None)
    return placed


@dataclass
class Seen:
    """What a trace shows: answers with 201, and those whose write had been synced by then."""

    acknowledged: int = 0
    synced: int = 0
    _sync_begun_on: dict[str, str] = field(default_factory=dict)
    _is_synced: dict[str, bool] = field(default_factory=dict)
    """Threads that wrote the log since the last order came, and whether they synced it after."""

    def note(self, thread: str, call: str, rest: str) -> None:
        if call == "recvfrom" and '"POST /api/orders' in rest:
            self._is_synced.clear()
        elif call == "pwrite64" and "shop.db-wal>" in rest:
            self._is_synced[thread] = False
        elif call in _SYNCS:
            self._note_sync(thread, rest)
        elif call == "sendto" and '"HTTP/1.1 201' in rest:
            self.acknowledged += 1
            # The thread that answers is the one that wrote, or another wrote on its behalf.
            self.synced += self._is_synced.get(thread, any(self._is_synced.values()))

    def _note_sync(self, thread: str, rest: str) -> None:
        begun_on = self._sync_begun_on.pop(thread, rest)
        if rest.endswith("<unfinished ...>"):
            self._sync_begun_on[thread] = rest
        elif rest.endswith("= 0") and "shop.db-wal>" in begun_on and thread in self._is_synced:
            self._is_synced[thread] = True


def observed(trace: Iterable[str]) -> Seen:
    """Read what strace wrote."""
    seen = Seen()
    for line in trace:
        found = _LINE.match(line)
        if found:
            seen.note(found["thread"], found["call"], found["rest"])
    return seen
