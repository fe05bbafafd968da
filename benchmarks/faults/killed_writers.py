"""A1, A2: the server is killed while orders come in; what was answered stays, and once only."""

from __future__ import annotations

import random
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.faults.ordering import (
    LOOPBACK,
    Answer,
    Client,
    Shop,
    Writers,
    database_in,
    prepared,
    repeating,
)
from benchmarks.faults.stored_orders import DUPLICATES, flaws, number, order_ids
from tests.receivers import refused_port
from tests.server_processes import running

WRITERS = 8
FIRST_KILL_SECONDS = 0.05
LAST_KILL_SECONDS = 0.6


def run(quick: bool) -> list[Finding]:
    rounds = 6 if quick else 50
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shop = prepared(database_in(folder), f"http://127.0.0.1:{refused_port()}/hook")
        writers = Writers("A1")
        for seconds in _kill_times(rounds):
            _place_until_killed(folder, shop, writers, seconds)
        return [_judge(folder, writers, rounds), _send_again(folder, shop, writers)]


def _kill_times(rounds: int) -> list[float]:
    step = (LAST_KILL_SECONDS - FIRST_KILL_SECONDS) / (rounds - 1)
    times = [FIRST_KILL_SECONDS + step * number for number in range(rounds)]
    random.shuffle(times)
    return times


def _place_until_killed(folder: Path, shop: Shop, writers: Writers, seconds: float) -> None:
    with running(folder, "--database", database_in(folder), variables=LOOPBACK) as server:
        clients = [Client(server.port, shop) for _ in range(WRITERS)]
        steps = [lambda client=client: writers.place(client) is not None for client in clients]
        with repeating(steps):
            time.sleep(seconds)
            server.process.kill()
            server.process.wait()


def _judge(folder: Path, writers: Writers, rounds: int) -> Finding:
    acknowledged = writers.acknowledged
    stored = order_ids(folder / "shop.db")
    missing = len(acknowledged - stored)
    wrong = flaws(folder / "shop.db")
    cut_off = sum(answer is None for answer in writers.answers.values())
    return Finding(
        "A1 kill -9, writing",
        f"{WRITERS} writers over HTTP, killed after {FIRST_KILL_SECONDS * 1000:.0f} to "
        f"{LAST_KILL_SECONDS * 1000:.0f} ms, started again on the same file",
        rounds,
        f"{missing} of {len(acknowledged)} answered with 201 missing, {cut_off} cut off, "
        f"{'; '.join(wrong) or 'nothing half-written, integrity_check ok'}",
        "0 missing, every order whole, ok",
        missing == 0 and not wrong and len(acknowledged) >= rounds and cut_off > 0,
    )


def _send_again(folder: Path, shop: Shop, writers: Writers) -> Finding:
    path = folder / "shop.db"
    with running(folder, "--database", database_in(folder), variables=LOOPBACK) as server:
        again = _repeated(server.port, shop, list(writers.answers))
    answered = {name: answer for name, answer in writers.answers.items() if answer is not None}
    others = sum(
        (answer.status, answer.body) != (again[name].status, again[name].body)
        or again[name].headers.get("idempotency-replayed") != "true"
        for name, answer in answered.items()
    )
    refused = sum(answer.status != 201 for answer in again.values())
    duplicates = number(path, DUPLICATES)
    orders = number(path, "SELECT COUNT(*) FROM orders")
    return Finding(
        "A2 sent again",
        "each request of A1 with its Idempotency-Key, the ones cut off too",
        len(again),
        f"{duplicates} duplicates, {others} of {len(answered)} replies with other bytes, "
        f"{refused} refused, {orders} orders in all",
        f"0 duplicates, replies byte-equal, {len(again)} orders",
        duplicates == others == refused == 0 and orders == len(again) and not flaws(path),
    )


def _repeated(port: int, shop: Shop, names: list[str]) -> dict[str, Answer]:
    def send(part: int) -> dict[str, Answer]:
        client = Client(port, shop)
        answers = {name: client.place(name) for name in names[part::WRITERS]}
        client.close()
        return answers

    with ThreadPoolExecutor(WRITERS) as threads:
        parts = list(threads.map(send, range(WRITERS)))
    return {name: answer for part in parts for name, answer in part.items()}
