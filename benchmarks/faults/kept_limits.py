"""C4: limits stay exact through a graceful restart, and over two nodes on PostgreSQL."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.faults.decisions import fullest_window
from benchmarks.faults.findings import Finding
from benchmarks.faults.ordering import (
    LOOPBACK,
    SECRET,
    Client,
    Shop,
    database_in,
    prepared,
    repeating,
)
from expressb2b_core import ExpressB2B
from expressb2b_core.services.limits import DEFAULTS
from tests import postgres
from tests.server_processes import ServerProcess, running

NEEDS = ("initdb",)

THREADS = 16
WINDOW_SECONDS = 60
_READ = ("GET", "/api/pricing-tiers", None)
_WRITE = ("PUT", "/api/pricing-tiers/gold", b'{"name": "Gold"}')
_OPTIONS = "TEMPLATE template0 ENCODING 'UTF8'"
_WINDOW = "SELECT slots, totals FROM rate_windows WHERE subject = %s AND bucket = 'read'"


def run(quick: bool) -> list[Finding]:
    return [_through_restarts(2 if quick else 10), _over_two_nodes(15 if quick else 150)]


def _through_restarts(times: int) -> Finding:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = database_in(folder)
        shop = prepared(database)
        accepted: Counter[tuple[int, int]] = Counter()
        longest_seconds = 0.0
        for _ in range(times):
            started = time.monotonic()
            key = _new_key(database, shop)
            reads, writes = _ask_around_a_restart(folder, key)
            accepted[reads, writes] += 1
            longest_seconds = max(longest_seconds, time.monotonic() - started)
    wanted = (DEFAULTS["read"], DEFAULTS["write"])
    return Finding(
        "C4 restart",
        "half the limit, SIGTERM, a new start, then as much as will go, all within a window",
        times,
        f"accepted reads and writes {sorted(accepted)}, in {longest_seconds:.0f} s at most",
        f"exactly {wanted}",
        set(accepted) == {wanted} and longest_seconds < WINDOW_SECONDS,
    )


def _new_key(database: str, shop: Shop) -> Shop:
    with ExpressB2B(database, secret=SECRET) as b2b:
        return replace(shop, key=str(b2b.workspace().keys.create("C4").key))


def _ask_around_a_restart(folder: Path, shop: Shop) -> tuple[int, int]:
    reads = writes = 0
    for share in (0.5, 1.5):
        with running(folder, "--database", database_in(folder), variables=LOOPBACK) as server:
            client = Client(server.port, shop)
            for _ in range(round(DEFAULTS["read"] * share)):
                reads += client.request(*_READ).status == 200
            for _ in range(round(DEFAULTS["write"] * share)):
                writes += client.request(*_WRITE).status < 300
            client.close()
            server.stop()
    return reads, writes


def _over_two_nodes(seconds: int) -> Finding:
    with postgres.running() as server, tempfile.TemporaryDirectory() as folder:
        address = server.create("limits", _OPTIONS)
        shop = prepared(address)
        with ExpressB2B(address, secret=SECRET) as b2b:
            key = b2b.workspace().keys.create("C4")
            asking = replace(shop, key=str(key.key))
            with _nodes(address, Path(folder)) as nodes:
                statuses: Counter[int] = Counter()
                admitted_us = _hammer(b2b, key.id, asking, nodes, statuses, seconds)
    admitted_ns = [at_us * 1000 for at_us in admitted_us]
    fullest, limit = fullest_window(admitted_ns), DEFAULTS["read"]
    return Finding(
        "C4 two nodes",
        f"{THREADS} threads hammer one key on two nodes of one PostgreSQL for {seconds} s",
        statuses.total(),
        f"{fullest} in the fullest 60 s by the database's clock, {statuses[200]} accepted, "
        f"{len(admitted_us)} counted",
        f"exactly {limit}, each accepted one counted",
        fullest == limit and statuses[200] == len(admitted_us) and set(statuses) == {200, 429},
    )


@contextmanager
def _nodes(address: str, folder: Path) -> Iterator[list[ServerProcess]]:
    served = partial(running, folder, "--database", address, variables=LOOPBACK)
    with served() as left, served() as right:
        yield [left, right]


def _hammer(
    b2b: ExpressB2B,
    subject: str,
    shop: Shop,
    nodes: list[ServerProcess],
    statuses: Counter[int],
    seconds: int,
) -> list[int]:
    """The times of all that were accepted, in order, looked up while they were counted."""
    seen: dict[int, int] = {}
    steps: list[Callable[[], None]] = [
        partial(_ask, Client(nodes[turn % 2].port, shop), statuses) for turn in range(THREADS)
    ]
    with repeating(steps) as ended:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not ended.wait(1):
            seen |= _counted(b2b, subject)
    seen |= _counted(b2b, subject)
    return sorted(at_us for at_us, count in seen.items() for _ in range(count))


def _ask(client: Client, statuses: Counter[int]) -> None:
    statuses[client.request(*_READ).status] += 1
    time.sleep(0.05)


def _counted(b2b: ExpressB2B, subject: str) -> dict[int, int]:
    """How many were counted at which microsecond, of those that still count."""
    rows = b2b.runtime.database.run_sql(_WINDOW, (subject,))
    if not rows:
        return {}
    slots, totals = rows[0]
    return {slots[i]: totals[i] - totals[i - 1] for i in range(1, len(slots))}
