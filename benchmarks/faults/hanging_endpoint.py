"""A6: one endpoint of a hundred hangs; the other ninety-nine do not notice."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from contextlib import closing

from benchmarks.fast_receiver import fast_receiver
from benchmarks.faults.findings import Finding
from benchmarks.shops import LOOPBACK, throwaway_shop
from expressb2b_core import Workspace
from expressb2b_server.delivery import DeliveryPool, Sender
from tests.receivers import RawReceiver

OTHERS = 99
PER_SECOND = 200
HANGING_SHARE = 10
"""Every tenth event goes to the endpoint that hangs."""

P99_MS = 250


def run(quick: bool) -> list[Finding]:
    seconds = 6 if quick else 30
    with throwaway_shop() as b2b, fast_receiver(OTHERS) as quick_ones, RawReceiver(_hang) as hung:
        shop = b2b.workspace()
        hanging = shop.webhooks.register(url=hung.url, events=["*"]).id
        others = [shop.webhooks.register(url=url, events=["*"]).id for url in quick_ones.urls]
        sender = Sender(allow_nets=LOOPBACK)
        with closing(sender):
            pool = DeliveryPool(b2b.runtime, sender)
            pool.start()
            sent = _send(shop, hanging, others, seconds)
            time.sleep(P99_MS / 1000)
            arrived = quick_ones.arrivals()
            hung.close()
            pool.stop()
        connections = hung.connections
    return [_judge(sent, arrived, connections, seconds)]


def _hang(receiver: RawReceiver, connection: object) -> None:
    receiver.closing.wait()


def _send(shop: Workspace, hanging: str, others: Sequence[str], seconds: int) -> dict[str, int]:
    """When each delivery to the others was asked for, by its id."""
    sent: dict[str, int] = {}
    next_one = itertools.cycle(others)
    started = time.monotonic()
    for number in range(seconds * PER_SECOND):
        time.sleep(max(0, started + number / PER_SECOND - time.monotonic()))
        asked_ns = time.monotonic_ns()
        if number % HANGING_SHARE == 0:
            shop.webhooks.test(hanging)
        else:
            sent[shop.webhooks.test(next(next_one)).id] = asked_ns
    return sent


def _judge(
    sent: dict[str, int], arrived: dict[str, int], connections: int, seconds: int
) -> Finding:
    waits = sorted((arrived[one] - at) / 1e6 for one, at in sent.items() if one in arrived)
    undelivered = len(sent) - len(waits)
    p99_ms = waits[int(len(waits) * 0.99)] if waits else float("inf")
    return Finding(
        "A6 one of 100 hangs",
        f"{PER_SECOND} events/s for {seconds} s, {100 // HANGING_SHARE} % to the one that hangs",
        seconds * PER_SECOND,
        f"the other {OTHERS}: p99 {p99_ms:.0f} ms, worst {waits[-1]:.0f} ms, "
        f"{undelivered} undelivered ({connections} connections hung)",
        f"p99 < {P99_MS} ms, 0 undelivered",
        p99_ms < P99_MS and undelivered == 0 and connections > 0,
    )
