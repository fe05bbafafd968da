"""A12: two servers on one PostgreSQL; one is killed, the database restarts, nothing is lost."""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.faults.ordering import LOOPBACK, SECRET, Client, Shop, Writers, prepared, repeating
from benchmarks.faults.stored_orders import halves
from expressb2b_core import ExpressB2B
from tests import postgres
from tests.receivers import Received, Receiver, Reply, wait_until
from tests.server_processes import ServerProcess, running

NEEDS = ("initdb",)

WRITERS_OF_A_NODE = 3
PAUSE_SECONDS = 0.02
LOADED_SECONDS = 2
RECONNECTED_SECONDS = 5
LEASE_SECONDS = 60
GATHERED_SECONDS = 90
_OPTIONS = "TEMPLATE template0 ENCODING 'UTF8'"


def run(quick: bool) -> list[Finding]:
    times = 1 if quick else 4
    with ExitStack() as held:
        database = held.enter_context(postgres.running())
        at_once = _AtOnce()
        receiver = held.enter_context(Receiver(at_once.answer))
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        address = database.create("nodes", _OPTIONS)
        shop = prepared(address, receiver.url)
        nodes = _Nodes(address, folder)
        held.callback(nodes.close)
        writers = Writers("A12")
        steps = [_Writer(writers, nodes, shop, turn % 2) for turn in range(2 * WRITERS_OF_A_NODE)]
        with repeating(steps):
            back = [_round(database, nodes, shop, turn) for turn in range(times)]
        return _judge(address, writers, receiver, at_once, back, nodes)


class _Nodes:
    """Two servers; one that was killed is started again."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self._held: list[ExitStack] = []
        self._running: list[ServerProcess] = []
        for _ in range(2):
            held, node = self._start()
            self._held.append(held)
            self._running.append(node)

    def port(self, which: int) -> int:
        """Where a node listens, now."""
        return self._running[which].port

    def kill(self, which: int) -> None:
        self._running[which].process.kill()
        self._running[which].process.wait()

    def start_again(self, which: int) -> None:
        self._held[which].close()
        self._held[which], self._running[which] = self._start()

    def stop(self) -> list[int]:
        """Stop both; their exit codes."""
        return [node.stop() for node in self._running]

    def close(self) -> None:
        for held in self._held:
            held.close()

    def _start(self) -> tuple[ExitStack, ServerProcess]:
        held = ExitStack()
        served = running(self._folder, "--database", self._address, variables=LOOPBACK)
        return held, held.enter_context(served)


class _Writer:
    """Places orders on one node, wherever that listens at the moment."""

    def __init__(self, writers: Writers, nodes: _Nodes, shop: Shop, which: int) -> None:
        self._writers = writers
        self._nodes = nodes
        self._shop = shop
        self._which = which
        self._port = 0
        self._client = Client(0, shop)

    def __call__(self) -> None:
        port = self._nodes.port(self._which)
        if port != self._port:
            self._port, self._client = port, Client(port, self._shop)
        self._writers.place(self._client)
        time.sleep(PAUSE_SECONDS)


class _AtOnce:
    """Answers deliveries after a moment, and counts those that came twice in that moment."""

    def __init__(self) -> None:
        self.overlaps = 0
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()

    def answer(self, request: Received) -> Reply:
        delivery = request.headers["x-expressb2b-delivery"]
        with self._lock:
            self.overlaps += self._under_way[delivery] > 0
            self._under_way[delivery] += 1
        time.sleep(PAUSE_SECONDS)
        with self._lock:
            self._under_way[delivery] -= 1
        return Reply()


def _round(database: postgres.Server, nodes: _Nodes, shop: Shop, turn: int) -> float:
    """Kill a node, start it again, restart the database; seconds until both nodes write again."""
    time.sleep(LOADED_SECONDS)
    nodes.kill(turn % 2)
    time.sleep(LOADED_SECONDS)
    nodes.start_again(turn % 2)
    time.sleep(LOADED_SECONDS)
    database.stop(signal.SIGINT if turn % 2 else signal.SIGQUIT)
    database.start()
    started = time.monotonic()
    for which in range(2):
        wait_until(partial(_places, nodes.port(which), shop, f"back {turn} {which}"))
    return time.monotonic() - started


def _places(port: int, shop: Shop, name: str) -> bool:
    client = Client(port, shop)
    answer = client.place_if_answered(name)
    client.close()
    return answer is not None and answer.status == 201


def _judge(
    address: str,
    writers: Writers,
    receiver: Receiver,
    at_once: _AtOnce,
    back: list[float],
    nodes: _Nodes,
) -> list[Finding]:
    with ExpressB2B(address, secret=SECRET) as b2b:
        database = b2b.runtime.database
        ask: Callable[[str], int] = lambda sql: int(database.run_sql(sql)[0][0])  # noqa: E731
        pending = "SELECT COUNT(*) FROM deliveries WHERE status = 'pending'"
        # What a killed node had in flight is due again when its lease is over; what has gathered
        # behind that goes out two at a time, the endpoint being one.
        wait_until(lambda: ask(pending) == 0, LEASE_SECONDS + GATHERED_SECONDS)
        codes = nodes.stop()
        stored = {row[0] for row in database.run_sql("SELECT id FROM orders")}
        events = {row[0] for row in database.run_sql("SELECT id FROM events")}
        wrong = halves(ask)
    missing = len(writers.acknowledged - stored)
    times = Counter(request.headers["x-expressb2b-delivery"] for request in receiver.requests)
    again = sum(count > 1 for count in times.values())
    undelivered = len(events - {one.headers["webhook-id"] for one in receiver.requests})
    return [
        Finding(
            "A12 two nodes, orders",
            "a node killed and the database restarted, in turn a crash and orderly, under "
            f"{2 * WRITERS_OF_A_NODE} writers",
            len(back),
            f"{missing} of {len(writers.acknowledged)} acknowledged missing, "
            f"{'; '.join(wrong) or 'every order whole'}, both nodes write again after "
            f"{max(back):.1f} s",
            f"0 missing, whole, reconnected within {RECONNECTED_SECONDS} s",
            missing == 0 and not wrong and max(back) <= RECONNECTED_SECONDS and codes == [0, 0],
        ),
        Finding(
            "A12 two nodes, deliveries",
            "what both nodes deliver meanwhile",
            len(times),
            f"{at_once.overlaps} by two at once, {again} twice one after the other, {undelivered} "
            f"of {len(events)} events undelivered",
            "0 at once, 0 undelivered",
            at_once.overlaps == undelivered == 0 and len(times) > 0,
        ),
    ]
