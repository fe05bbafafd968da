"""Another process holds the database of a running server."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.faults.mixed_load import MixedLoad
from benchmarks.faults.ordering import LOOPBACK, database_in, prepared
from benchmarks.faults.stored_orders import flaws, order_ids
from tests.receivers import wait_until
from tests.server_processes import running

WRITERS = 8
WAIT_SECONDS = 5
"""How long a write waits for the database before it is refused."""

READ_SECONDS = 1
BACK_SECONDS = 6


def run(quick: bool) -> list[Finding]:
    return [_observe(seconds) for seconds in (3, 8 if quick else 30)]


def _observe(seconds: float) -> Finding:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shop = prepared(database_in(folder))
        with running(folder, "--database", database_in(folder), variables=LOOPBACK) as server:
            load = MixedLoad(server.port, shop, WRITERS)
            with load.running():
                wait_until(lambda: load.writes(201) > 50)
                with _held(folder / "shop.db"):
                    time.sleep(seconds)
                placed = load.writes(201)
                started = time.monotonic()
                wait_until(lambda: load.writes(201) > placed + 50)
                back_seconds = time.monotonic() - started
            code = server.stop()
        missing = len(load.writers.acknowledged - order_ids(folder / "shop.db"))
        wrong = [*flaws(folder / "shop.db"), *(f"{n} x {what}" for what, n in load.wrong.items())]
    refused = load.writes(503)
    is_long = seconds > WAIT_SECONDS
    return Finding(
        f"A8 held for {seconds:g} s",
        f"another process is in the middle of a write, {WRITERS} writers wait",
        1,
        f"{refused} answers 503 with Retry-After, slowest of {load.reads} reads "
        f"{load.slowest_read_seconds * 1000:.0f} ms, writing again after {back_seconds:.1f} s, "
        f"{missing} lost, {'; '.join(wrong) or 'integrity ok'}",
        f"{'503 with Retry-After' if is_long else '0 refused'}, reads within {READ_SECONDS} s, no "
        f"restart, 0 lost, integrity ok",
        (refused > 0) == is_long
        and load.slowest_read_seconds <= READ_SECONDS
        and missing == code == 0
        and not wrong
        and back_seconds <= BACK_SECONDS,
    )


@contextmanager
def _held(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
