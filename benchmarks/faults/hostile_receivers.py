"""A7: receivers that answer so as to do harm; an attempt ends in time and takes no memory."""

from __future__ import annotations

import re
import time
from contextlib import closing
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.shops import LOOPBACK, throwaway_shop
from expressb2b_core import ExpressB2B
from expressb2b_server.delivery import DeliveryPool, Sender
from tests.receivers import RawReceiver, Script, answer_and_close, drip, flood

GIGABYTE = 1 << 30
MARGIN_SECONDS = 0.5
MEMORY_MB = 16
"""What a process may grow by and still count as flat."""

_OK = b"HTTP/1.1 200 OK\r\n"
_LONG = _OK + b"Content-Length: %d\r\n\r\n" % GIGABYTE

RECEIVERS: dict[str, Script] = {
    "drips a byte a second": drip(_OK + b"Content-Length: 1000\r\n\r\n", b"x", every_seconds=1),
    "drips its headers": drip(_OK + b"X-Slow: ", b"x", every_seconds=1),
    "sends 1 GB": flood(_LONG, b"x" * 65_536, GIGABYTE // 65_536),
    "sends 1 GB without length": flood(_OK + b"\r\n", b"x" * 65_536, GIGABYTE // 65_536),
    "sends a million headers": flood(_OK, b"X-Header: value\r\n", 1_000_000),
    "closes in mid-status": answer_and_close(b"HTTP/1.1 20"),
}

_ATTEMPTS = "SELECT duration_ms, status FROM delivery_attempts"


def run(quick: bool) -> list[Finding]:
    times, timeout_seconds = (2, 1.0) if quick else (10, 3.0)
    return [_against(name, script, times, timeout_seconds) for name, script in RECEIVERS.items()]


def _against(name: str, script: Script, times: int, timeout_seconds: float) -> Finding:
    with throwaway_shop() as b2b, RawReceiver(script) as receiver:
        endpoint = b2b.workspace().webhooks.register(url=receiver.url, events=["*"])
        sender = Sender(timeout_seconds=timeout_seconds, allow_nets=LOOPBACK)
        _forget_peak()
        before_mb = _peak_mb()
        with closing(sender), DeliveryPool(b2b.runtime, sender, steps_seconds=(3600,)):
            for _ in range(times):
                b2b.workspace().webhooks.test(endpoint.id)
            attempts = _attempts(b2b, times, timeout_seconds)
        grown_mb = _peak_mb() - before_mb
    slowest_seconds = max((duration_ms for duration_ms, _ in attempts), default=0) / 1000
    succeeded = sum(status is not None for _, status in attempts)
    return Finding(
        f"A7 {name}",
        f"deliveries with a timeout of {timeout_seconds:g} s",
        times,
        f"{len(attempts)} recorded as failures in {slowest_seconds:.2f} s at most, "
        f"{succeeded} as answers, memory +{grown_mb:.0f} MB",
        f"all failures within {timeout_seconds + MARGIN_SECONDS:g} s, memory flat "
        f"(+{MEMORY_MB} MB)",
        len(attempts) == times
        and succeeded == 0
        and slowest_seconds <= timeout_seconds + MARGIN_SECONDS
        and grown_mb <= MEMORY_MB,
    )


def _attempts(b2b: ExpressB2B, times: int, timeout_seconds: float) -> list[tuple[int, int | None]]:
    """All attempts, once there are as many as deliveries or long after there should be."""
    limit = time.monotonic() + times * (timeout_seconds + MARGIN_SECONDS)
    while True:
        rows = b2b.runtime.database.run_sql(_ATTEMPTS)
        if len(rows) >= times or time.monotonic() > limit:
            return [(duration_ms, status) for duration_ms, status in rows]
        time.sleep(0.05)


def _forget_peak() -> None:
    """Let the peak begin anew: what was before an experiment must not hide what it takes."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    found = re.search(r"VmHWM:\s+([0-9]+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
