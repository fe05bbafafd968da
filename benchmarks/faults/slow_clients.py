"""B4: clients that drip, stall and stay silent; everybody else is answered as if they were not."""

from __future__ import annotations

import contextlib
import multiprocessing
import selectors
import socket
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.findings import Finding
from expressb2b_core import ExpressB2B
from expressb2b_server.serving.descriptors import allow_connections
from tests import server_processes

SECONDS = 18.0
CLOSED_WITHIN_SECONDS = 15.0
ANSWERED_WITHIN_MS = 100.0
EVERY_SECONDS = 0.005

_HEAD = b"HTTP/1.1\r\nHost: shop\r\n"
_LARGEST = b"GET /llms-full.txt " + _HEAD + b"\r\n"


@dataclass(frozen=True)
class Kind:
    """Slow clients of one kind: what they send at first, and then every second.

    Those that are answered wait for it before the next one connects.
    """

    name: str
    number: int
    start: bytes
    drip: bytes = b""
    reads: bool = True
    is_answered: bool = False


@dataclass(frozen=True)
class Fates:
    """What became of the clients of one kind: how long each was kept, and how many still are."""

    kept_seconds: tuple[float, ...]
    still_open: int


def kinds(share: float) -> tuple[Kind, ...]:
    """The clients of the experiment, or a share of them."""
    return (
        Kind("idle", int(500 * share), b"GET /livez " + _HEAD + b"\r\n", is_answered=True),
        Kind("dripping headers", int(900 * share), b"GET / " + _HEAD + b"X-Slow: ", b"a"),
        Kind(
            "slow bodies",
            int(50 * share),
            b"POST /api/orders " + _HEAD + b"Content-Length: 1000\r\n\r\n",
            b" ",
        ),
        Kind("readers that do not read", 8, _LARGEST * 40, reads=False),
    )


def run(quick: bool) -> list[Finding]:
    attackers = kinds(0.2 if quick else 1)
    with tempfile.TemporaryDirectory() as folder:
        key = _make_shop(folder)
        address = f"sqlite:///{folder}/shop.db"
        with (
            server_processes.running(Path(folder), "--database", address) as server,
            ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as elsewhere,
        ):
            elsewhere.submit(int).result()  # its start is no part of the attack
            _ask_until(server.port, key, time.monotonic() + 0.5)
            attack = elsewhere.submit(besiege, server.port, attackers, SECONDS)
            waits_ms = _ask_until(server.port, key, time.monotonic() + SECONDS)
            fates = attack.result()
    return [_answers(waits_ms, attackers), *map(_fate, attackers, fates)]


def _make_shop(folder: str) -> str:
    with ExpressB2B(f"sqlite:///{folder}/shop.db") as b2b:
        shop = b2b.workspace()
        shop.products.upsert(sku="NAP", name="Linen napkin", base_price="41.00")
        return str(shop.keys.create("normal", limits={"read": 1_000_000}).key)


def _ask_until(port: int, key: str, end: float) -> list[float]:
    """How long each of many normal requests took, connecting included, in milliseconds."""
    request = b"GET /api/products/NAP " + _HEAD + f"Authorization: Bearer {key}\r\n".encode()
    waits_ms: list[float] = []
    while (started := time.monotonic()) < end:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(request + b"Connection: close\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(65_536), b""))
        waits_ms.append((time.monotonic() - started) * 1000)
        assert answer.startswith(b"HTTP/1.1 200 "), answer[:500]
        time.sleep(EVERY_SECONDS)
    return waits_ms


def besiege(port: int, attackers: tuple[Kind, ...], seconds: float) -> list[Fates]:
    """Connect all of them as fast as possible, and go on for so long."""
    allow_connections(sum(kind.number for kind in attackers))
    with contextlib.closing(_Siege(port)) as siege:
        for kind in attackers:
            for _ in range(kind.number):
                siege.connect(kind)
        siege.hold(seconds)
        return [siege.fates(kind) for kind in attackers]


class _Siege:
    def __init__(self, port: int) -> None:
        self._port = port
        self._began = time.monotonic()
        self._selector = selectors.DefaultSelector()
        self._open: dict[socket.socket, tuple[Kind, float]] = {}
        self._kept: dict[Kind, list[float]] = {}

    def connect(self, kind: Kind) -> None:
        client = socket.socket()
        if not kind.reads:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", self._port))
        if kind.is_answered:
            client.sendall(kind.start)
            client.recv(4096)
        client.setblocking(False)
        self._open[client] = kind, time.monotonic()
        if (kind.is_answered or self._send(client, kind.start)) and kind.reads:
            self._selector.register(client, selectors.EVENT_READ)

    def hold(self, seconds: float) -> None:
        """Drip once a second, and note who is shown the door, until so long after the start."""
        next_drip = time.monotonic() + 1
        while (now := time.monotonic()) < self._began + seconds:
            if now >= next_drip:
                next_drip += 1
                self._drip()
            for key, _ in self._selector.select(0.05):
                assert isinstance(key.fileobj, socket.socket)
                self._receive(key.fileobj)

    def fates(self, kind: Kind) -> Fates:
        still_open = sum(one == kind for one, _ in self._open.values())
        return Fates(tuple(self._kept.get(kind, ())), still_open)

    def close(self) -> None:
        for client in self._open:
            client.close()
        self._selector.close()

    def _drip(self) -> None:
        for client, (kind, _) in tuple(self._open.items()):
            if kind.drip:
                self._send(client, kind.drip)
            elif not kind.reads and client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._note_end(client)

    def _send(self, client: socket.socket, data: bytes) -> bool:
        try:
            client.send(data)
        except BlockingIOError:
            return True
        except OSError:
            self._note_end(client)
            return False
        return True

    def _receive(self, client: socket.socket) -> None:
        try:
            if client.recv(65_536):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._note_end(client)

    def _note_end(self, client: socket.socket) -> None:
        kind, since = self._open.pop(client)
        self._kept.setdefault(kind, []).append(time.monotonic() - since)
        if kind.reads and client in self._selector.get_map():
            self._selector.unregister(client)
        client.close()


def _answers(waits_ms: list[float], attackers: tuple[Kind, ...]) -> Finding:
    waits_ms = sorted(waits_ms)
    worst_ms = waits_ms[-1]
    return Finding(
        "B4 normal requests",
        "during " + ", ".join(f"{kind.number} {kind.name}" for kind in attackers),
        len(waits_ms),
        f"p50 {waits_ms[len(waits_ms) // 2]:.1f} ms, p99 {waits_ms[len(waits_ms) * 99 // 100]:.1f}"
        f" ms, worst {worst_ms:.0f} ms",
        f"worst < {ANSWERED_WITHIN_MS:.0f} ms",
        worst_ms < ANSWERED_WITHIN_MS,
    )


def _fate(kind: Kind, fates: Fates) -> Finding:
    longest_seconds = max(fates.kept_seconds, default=float("inf"))
    return Finding(
        f"B4 {kind.name}",
        "connected at once, and kept up",
        kind.number,
        f"{len(fates.kept_seconds)} closed, after {longest_seconds:.1f} s at most, "
        f"{fates.still_open} still open",
        f"all closed within {CLOSED_WITHIN_SECONDS:g} s",
        fates.still_open == 0 and longest_seconds <= CLOSED_WITHIN_SECONDS,
    )
