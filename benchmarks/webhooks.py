"""Deliveries per second, beside a bare loop of the same HTTP client; and how soon one arrives.

    python -m benchmarks.webhooks [--endpoints 1,10,100] [--deliveries 2000] [--rounds 5]

Both send the same requests over kept connections to the same receiver, which is a process of its
own. They take turns within one run, since only ratios within a run can be trusted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import urllib3

from benchmarks.fast_receiver import FastReceiver, fast_receiver
from benchmarks.shops import LOOPBACK, order_maker, throwaway_shop
from expressb2b_core import ExpressB2B
from expressb2b_core.services.deliveries import Deliveries, Result
from expressb2b_server.delivery import DeliveryPool, OutgoingRequest, Sender
from expressb2b_server.delivery.attempts import signed_request

GOALS = {10: 0.6}

_REQUEUE = "UPDATE deliveries SET status = 'pending', finished_at = NULL, due_at_ms = ?"
_OPEN = "SELECT COUNT(*) FROM deliveries WHERE status = 'pending'"


@dataclass(frozen=True)
class Throughput:
    """Medians over the rounds, in deliveries per second, and the spread of the ratio."""

    endpoints: int
    deliveries: int
    pool_per_second: float
    bare_per_second: float
    ratio: float
    lowest_ratio: float
    highest_ratio: float


@dataclass(frozen=True)
class Latency:
    """From commit to arrival while nothing else happens, in milliseconds."""

    samples: int
    median_ms: float
    p99_ms: float
    worst_ms: float


def main() -> None:
    options = _options()
    throughputs = [
        measure_throughput(count, options.deliveries, options.rounds) for count in options.endpoints
    ]
    latency = measure_latency(options.samples)
    _print(throughputs, latency)
    if options.json:
        found = {"throughput": [vars(one) for one in throughputs], "latency": vars(latency)}
        options.json.write_text(json.dumps(found, indent=2) + "\n")


def measure_throughput(endpoints: int, deliveries: int, rounds: int) -> Throughput:
    """Pool and bare loop in turn, over the same requests."""
    pool: list[float] = []
    bare: list[float] = []
    with throwaway_shop() as b2b, fast_receiver(endpoints) as receiver:
        _fill(b2b, receiver.urls, deliveries)
        requests = _same_requests(b2b)
        for _ in range(rounds):
            bare.append(len(requests) / _seconds(lambda: _bare_loop(requests)))
            pool.append(len(requests) / _pool_round(b2b, receiver, len(requests)))
    ratios = [ours / theirs for ours, theirs in zip(pool, bare, strict=True)]
    return Throughput(
        endpoints,
        len(requests),
        round(statistics.median(pool)),
        round(statistics.median(bare)),
        round(statistics.median(ratios), 2),
        round(min(ratios), 2),
        round(max(ratios), 2),
    )


def measure_latency(samples: int) -> Latency:
    """One event at a time, each after the pool has come to rest."""
    sent: list[str] = []
    committed: list[int] = []
    with throwaway_shop() as b2b, fast_receiver(1) as receiver, _loopback_sender() as sender:
        webhooks = b2b.workspace().webhooks
        endpoint = webhooks.register(url=receiver.urls[0], events=["*"])
        b2b.runtime.wake_deliveries.append(lambda: committed.append(time.monotonic_ns()))
        with DeliveryPool(b2b.runtime, sender):
            for number in range(samples):
                sent.append(webhooks.test(endpoint.id).id)
                receiver.wait_for(number + 1)
                time.sleep(0.02)
        arrived = receiver.arrivals()
    waits = sorted(
        (arrived[delivery] - at) / 1e6 for delivery, at in zip(sent, committed, strict=True)
    )
    p99 = waits[min(len(waits) - 1, round(len(waits) * 0.99))]
    return Latency(samples, round(statistics.median(waits), 2), round(p99, 2), round(waits[-1], 2))


@contextmanager
def _loopback_sender() -> Iterator[Sender]:
    with closing(Sender(allow_nets=LOOPBACK)) as sender:
        yield sender


def _fill(b2b: ExpressB2B, urls: Sequence[str], deliveries: int) -> None:
    """Place so many orders that about this many deliveries wait."""
    shop = b2b.workspace()
    for url in urls:
        shop.webhooks.register(url=url, events=["*"])
    place = order_maker(shop, approved=True)
    per_order = 2 * len(urls)  # placed, and approved at once
    for _ in range(max(1, deliveries // per_order)):
        place()


def _same_requests(b2b: ExpressB2B) -> list[OutgoingRequest]:
    """What the pool will send, built and signed beforehand."""
    deliveries = Deliveries(b2b.runtime)
    requests = []
    now = b2b.runtime.clock.now()
    while claims := deliveries.turn(lambda waiting: {one.endpoint_id: 2 for one in waiting}).claims:
        requests += [signed_request(claim, now) for claim in claims]
        deliveries.record([Result(claim, True, now, 0, 200) for claim in claims])
    return requests


def _bare_loop(requests: Sequence[OutgoingRequest]) -> None:
    with urllib3.PoolManager(num_pools=1000, retries=False) as client:
        for one in requests:
            answer = client.request("POST", one.url, body=one.body, headers=one.headers)
            assert answer.status == 200


def _pool_round(b2b: ExpressB2B, receiver: FastReceiver, count: int) -> float:
    """How long it takes until all of them are sent and recorded."""
    database = b2b.runtime.database
    database.write(lambda: database.run_sql(_REQUEUE, [b2b.runtime.clock.now_ms()]))
    receiver.reset()

    def deliver() -> None:
        with _loopback_sender() as sender, DeliveryPool(b2b.runtime, sender):
            receiver.wait_for(count)
            while database.run_sql(_OPEN)[0][0]:
                time.sleep(0.002)

    return _seconds(deliver)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _print(throughputs: Sequence[Throughput], latency: Latency) -> None:
    print(f"{'endpoints':>9} {'pool/s':>8} {'bare/s':>8} {'ratio':>6}  spread      goal")
    for one in throughputs:
        goal = f">= {GOALS[one.endpoints]}" if one.endpoints in GOALS else ""
        spread = f"{one.lowest_ratio:.2f}-{one.highest_ratio:.2f}"
        print(
            f"{one.endpoints:>9} {one.pool_per_second:>8.0f} {one.bare_per_second:>8.0f} "
            f"{one.ratio:>6.2f}  {spread:<10}  {goal}"
        )
    print(
        f"commit to arrival when idle: median {latency.median_ms} ms, p99 {latency.p99_ms} ms, "
        f"worst {latency.worst_ms} ms of {latency.samples}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--endpoints",
        type=lambda text: [int(part) for part in text.split(",")],
        default=[1, 10, 100],
        help="how many endpoints, comma-separated (default 1,10,100)",
    )
    parser.add_argument("--deliveries", type=int, default=2000, help="in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=200, help="single events for the latency")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
