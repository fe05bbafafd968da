"""A10: backups are made while orders come in and others read; restored and started, they go on."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.faults.ordering import (
    LOOPBACK,
    Client,
    Shop,
    Writers,
    database_in,
    prepared,
    repeating,
)
from benchmarks.faults.stored_orders import asked, flaws, number, order_ids
from tests.receivers import Received, Receiver, Reply, wait_until
from tests.server_processes import PATIENCE_SECONDS, PROGRAM, environment, running

WRITERS = 8
PER_SECOND = 200
ANSWER_SECONDS = 0.015
"""Two at a time, fewer deliveries a second than orders: every copy has some to go on with."""

WARM_SECONDS = 1
BETWEEN_SECONDS = 0.5
DELIVERED_SECONDS = 60

_PENDING = "SELECT COUNT(*) FROM deliveries WHERE status = 'pending'"


@dataclass(frozen=True)
class Copy:
    """A backup, where it is restored, and the orders that were acknowledged before it was begun."""

    backup: Path
    folder: Path
    acknowledged: set[str]

    @property
    def path(self) -> Path:
        return self.folder / "shop.db"


def run(quick: bool) -> list[Finding]:
    times = 2 if quick else 10
    with tempfile.TemporaryDirectory() as name, Receiver(_answer_slowly) as receiver:
        folder = Path(name)
        shop = prepared(database_in(folder), receiver.url)
        writers = Writers("A10")
        statuses: Counter[int] = Counter()
        with running(folder, "--database", database_in(folder), variables=LOOPBACK) as server:
            steps = [_Paced(writers, Client(server.port, shop), statuses) for _ in range(WRITERS)]
            started = time.monotonic()
            with _reading(folder / "shop.db"), repeating(steps):
                time.sleep(WARM_SECONDS)
                copies = [_backed_up(folder, writers, turn) for turn in range(times)]
            per_second = statuses.total() / (time.monotonic() - started)
            server.process.kill()
        for copy in copies:
            _restore(copy)
        return [_judge(copies, statuses, per_second), _go_on(copies[-1], shop, receiver)]


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Somebody's long report: what is written meanwhile stays in the log, beside the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT COUNT(*) FROM orders").fetchall()
        yield


def _answer_slowly(request: Received) -> Reply:
    time.sleep(ANSWER_SECONDS)
    return Reply()


class _Paced:
    """Places orders, one every so often."""

    def __init__(self, writers: Writers, client: Client, statuses: Counter[int]) -> None:
        self._writers = writers
        self._client = client
        self._statuses = statuses
        self._next_at = time.monotonic()

    def __call__(self) -> None:
        time.sleep(max(0, self._next_at - time.monotonic()))
        self._next_at += WRITERS / PER_SECOND
        answer = self._writers.place(self._client)
        self._statuses[answer.status if answer else 0] += 1


def _backed_up(folder: Path, writers: Writers, turn: int) -> Copy:
    time.sleep(BETWEEN_SECONDS)
    copy = Copy(folder / f"backup-{turn}.tar", folder / f"restored-{turn}", writers.acknowledged)
    _command(folder, "create", str(copy.backup))
    return copy


def _restore(copy: Copy) -> None:
    copy.folder.mkdir()
    _command(copy.folder, "verify", str(copy.backup))
    _command(copy.folder, "restore", str(copy.backup))


def _command(folder: Path, *words: str) -> None:
    variables = LOOPBACK | {"EXPRESSB2B_DATABASE": database_in(folder)}
    subprocess.run(
        [sys.executable, str(PROGRAM.with_name("cli.py")), "backup", *words],
        check=True,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        cwd=folder,
        env=environment(folder, variables),
    )


def _judge(copies: list[Copy], statuses: Counter[int], per_second: float) -> Finding:
    wrong = [flaw for copy in copies for flaw in flaws(copy.path)]
    missing = sum(len(copy.acknowledged - order_ids(copy.path)) for copy in copies)
    refused = statuses.total() - statuses[201]
    return Finding(
        "A10 online backup",
        f"created while {PER_SECOND} orders/s come in, verified, restored",
        len(copies),
        f"{missing} orders missing that were acknowledged before, "
        f"{'; '.join(wrong) or 'every order whole, integrity ok'}; {refused} of "
        f"{statuses.total()} writes refused, {per_second:.0f}/s",
        f"0 missing, whole, 0 refused, {PER_SECOND}/s (−10 %)",
        missing == refused == 0
        and not wrong
        and all(copy.acknowledged for copy in copies)
        and per_second >= 0.9 * PER_SECOND,
    )


def _go_on(copy: Copy, shop: Shop, receiver: Receiver) -> Finding:
    pending = number(copy.path, _PENDING)
    receiver.answer = Reply()
    with running(copy.folder, "--database", database_in(copy.folder), variables=LOOPBACK) as server:
        placed = Client(server.port, shop).place("A10 after").status
        started = time.monotonic()
        wait_until(lambda: number(copy.path, _PENDING) == 0, DELIVERED_SECONDS)
        seconds = time.monotonic() - started
        code = server.stop()
    events = {row[0] for row in asked(copy.path, "SELECT id FROM events")}
    arrived = {request.headers["webhook-id"] for request in receiver.requests}
    return Finding(
        "A10 started again",
        "a server on the last copy goes on with its deliveries",
        pending,
        f"{len(events - arrived)} of {len(events)} events undelivered after {seconds:.0f} s, a new "
        f"order answered {placed}",
        "0 undelivered, 201",
        not events - arrived and pending > 0 and placed == 201 and code == 0,
    )
