"""A4: the delivering process is killed over and over; every acknowledged event arrives."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from benchmarks.faults.findings import Finding
from benchmarks.shops import open_shop
from tests.receivers import Received, Receiver, Reply

ENDPOINTS = 3
ANSWER_SECONDS = 0.02
END_SECONDS = 60


@dataclass(frozen=True)
class Bounds:
    """How often it is killed, after how long each time, and how many events there are."""

    kills: int
    seconds: float
    events: int


def run(quick: bool) -> list[Finding]:
    bounds = Bounds(4, 1, 200) if quick else Bounds(20, 2, 2000)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = f"{folder}/shop.db"
        receivers = [stack.enter_context(Receiver(_answer_slowly)) for _ in range(ENDPOINTS)]
        with open_shop(path) as b2b:
            for receiver in receivers:
                b2b.workspace().webhooks.register(url=receiver.url, events=["*"])
        acknowledged = _deliver_through_crashes(path, bounds)
        return [_judge(path, bounds, acknowledged, receivers), _integrity(path)]


def _answer_slowly(request: Received) -> Reply:
    time.sleep(ANSWER_SECONDS)  # so that a kill finds deliveries in flight
    return Reply()


def _deliver_through_crashes(path: str, bounds: Bounds) -> set[str]:
    """The ids of all events that were acknowledged, by whichever process."""
    acknowledged: set[str] = set()
    per_second = bounds.events / (bounds.kills * bounds.seconds)
    command = [sys.executable, "-m", "benchmarks.faults.delivering_program", path]
    command += [str(bounds.events), str(per_second)]
    for round_number in range(bounds.kills + 1):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
            reading = threading.Thread(
                target=lambda lines: acknowledged.update(line.strip() for line in lines),
                args=(program.stdout,),
            )
            reading.start()
            if round_number < bounds.kills:
                time.sleep(bounds.seconds)
                program.kill()
            else:
                _wait_until_delivered(path, bounds.events)
                program.send_signal(signal.SIGTERM)
            reading.join()
    return acknowledged


def _wait_until_delivered(path: str, events: int) -> None:
    limit = time.monotonic() + END_SECONDS
    delivered = "SELECT COUNT(*) FROM deliveries WHERE status = 'succeeded'"
    while time.monotonic() < limit and _asked(path, delivered)[0][0] < events * ENDPOINTS:
        time.sleep(0.1)


def _judge(
    path: str, bounds: Bounds, acknowledged: set[str], receivers: Sequence[Receiver]
) -> Finding:
    stored = {row[0] for row in _asked(path, "SELECT id FROM events")}
    arrived = 0
    duplicates = 0
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for receiver in receivers:
        ids = {request.headers["webhook-id"] for request in receiver.requests}
        arrived += len(ids & stored)
        duplicates += len(receiver.requests) - len(ids)
        for request in receiver.requests:
            bodies[request.headers["webhook-id"]].add(request.body)
    wanted = bounds.events * ENDPOINTS
    forgotten = len(acknowledged - stored)
    other_bytes = sum(len(same) != 1 for same in bodies.values())
    return Finding(
        "A4 kill -9",
        f"{bounds.events} events to {ENDPOINTS} endpoints, killed every {bounds.seconds:g} s",
        bounds.kills,
        f"{arrived} of {wanted} arrived, {duplicates} of them again, {other_bytes} events with "
        f"other bytes, {forgotten} of {len(acknowledged)} acknowledged forgotten",
        f"{wanted}, others and forgotten 0",
        arrived == wanted and other_bytes == forgotten == 0 and acknowledged != set(),
    )


def _integrity(path: str) -> Finding:
    ((found,),) = _asked(path, "PRAGMA integrity_check")
    ((left,),) = _asked(path, "SELECT COUNT(*) FROM deliveries WHERE status <> 'succeeded'")
    return Finding(
        "A4 database",
        "integrity_check, deliveries left",
        1,
        f"{found}, {left}",
        "ok, 0",
        (found, left) == ("ok", 0),
    )


def _asked(path: str, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path, timeout=5)) as connection:
        return connection.execute(sql).fetchall()
