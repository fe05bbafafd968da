"""A5: a receiver fails for a while, each time in another way; nothing is lost."""

from __future__ import annotations

import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.shops import LOOPBACK, order_maker, throwaway_shop
from expressb2b_core import ExpressB2B, Workspace
from expressb2b_server.delivery import DeliveryPool, Sender
from tests.certificates import Authority
from tests.receivers import RawReceiver, Receiver, Reply, hold, refused_port

STEP_SECONDS = 1.0
TIMEOUT_SECONDS = 0.5
DRAIN_SECONDS = 1.0
"""How long all that is due may take to be sent once the receiver is back."""

Outage = Callable[[int], RawReceiver | None]

_ATTEMPTS = """
    SELECT d.id, d.status, d.attempts, COUNT(a.number), MAX(a.number),
           SUM(a.status = 200), SUM(a.status = 503), SUM(a.error IS NOT NULL)
    FROM deliveries d LEFT JOIN delivery_attempts a ON a.delivery_id = d.id GROUP BY d.id"""


def run(quick: bool) -> list[Finding]:
    events, seconds = (20, 2.0) if quick else (100, 10.0)
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        wrong = authority.server_context("DNS:other.example.com")
        outages: dict[str, tuple[Outage, bool]] = {
            "refuses connections": (lambda port: None, False),
            "answers 503": (lambda port: Receiver(Reply(503), port=port), False),
            "hangs": (lambda port: RawReceiver(hold, port=port), False),
            "breaks TLS": (lambda port: Receiver(port=port, tls=wrong), True),
        }
        return [
            _through_outage(name, outage, events, seconds, authority if tls else None)
            for name, (outage, tls) in outages.items()
        ]


def _through_outage(
    name: str, outage: Outage, events: int, seconds: float, authority: Authority | None
) -> Finding:
    port = refused_port()
    url = f"{'https' if authority else 'http'}://127.0.0.1:{port}/hook"
    trust = authority.client_context() if authority else None
    with throwaway_shop() as b2b, _pool(b2b, trust):
        shop = b2b.workspace()
        shop.webhooks.register(url=url, events=["*"])
        place = order_maker(shop, approved=False)
        with _opened(outage(port)) as broken:
            for _ in range(events):
                place()
                time.sleep(seconds / events)
        tls = authority.server_context("IP:127.0.0.1") if authority else None
        with Receiver(port=port, tls=tls) as back:
            late_seconds = _seconds_until_delivered(shop, events)
            arrived = {request.headers["webhook-id"] for request in back.requests}
        complete = _is_log_complete(b2b, broken)
    lost = events - len(arrived)
    allowed_seconds = 1.1 * STEP_SECONDS + TIMEOUT_SECONDS + DRAIN_SECONDS
    return Finding(
        f"A5 {name}",
        f"{events} events while it is broken for {seconds:g} s",
        1,
        f"{lost} lost, log of attempts {'complete' if complete else 'INCOMPLETE'}, "
        f"all there {late_seconds:.1f} s after its return",
        f"0 lost, complete, within a step ({allowed_seconds:.1f} s)",
        lost == 0 and complete and late_seconds <= allowed_seconds,
    )


@contextmanager
def _pool(b2b: ExpressB2B, trust: ssl.SSLContext | None) -> Iterator[None]:
    sender = Sender(timeout_seconds=TIMEOUT_SECONDS, allow_nets=LOOPBACK, tls=trust)
    steps = (STEP_SECONDS,) * 100
    with closing(sender), DeliveryPool(b2b.runtime, sender, steps_seconds=steps):
        yield


@contextmanager
def _opened(receiver: RawReceiver | None) -> Iterator[RawReceiver | None]:
    if receiver is None:
        yield None
    else:
        with receiver:
            yield receiver


def _seconds_until_delivered(shop: Workspace, events: int) -> float:
    (endpoint,) = shop.webhooks.iterate()
    started = time.monotonic()
    while shop.webhooks.deliveries(endpoint.id, status="succeeded").total < events:
        if time.monotonic() - started > 30:
            break
        time.sleep(0.01)
    return time.monotonic() - started


def _is_log_complete(b2b: ExpressB2B, broken: RawReceiver | None) -> bool:
    """Every attempt has its row, the last one alone succeeded, and every 503 seen is there."""
    rows = b2b.runtime.database.run_sql(_ATTEMPTS)
    whole = all(
        status == "succeeded" and attempts == rows_of == last and succeeded == 1
        for _, status, attempts, rows_of, last, succeeded, _, _ in rows
    )
    refused, failed = sum(row[6] for row in rows), sum(row[7] for row in rows)
    if isinstance(broken, Receiver) and broken.requests:
        return whole and refused == len(broken.requests)
    return whole and failed > 0
