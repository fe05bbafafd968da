"""A9: SIGTERM while orders come in; whoever was connected gets an answer, then it ends with 0."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.faults.ordering import LOOPBACK, Shop, database_in, prepared, repeating
from benchmarks.faults.stored_orders import flaws, order_ids
from tests.server_processes import ServerProcess, running

KEEPING = 6
"""Clients that keep their connection; the others open one for each request."""

OPENING = 4
LOADED_SECONDS = 0.4
END_SECONDS = 20


@dataclass
class Load:
    """What the clients saw: the ids of orders, and connections that ended without an answer."""

    placed: set[str] = field(default_factory=set)
    aborted: list[str] = field(default_factory=list)
    refused: int = 0


def run(quick: bool) -> list[Finding]:
    times = 3 if quick else 20
    load = Load()
    codes: list[int] = []
    longest_seconds = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shop = prepared(database_in(folder))
        for _ in range(times):
            with running(folder, "--database", database_in(folder), variables=LOOPBACK) as server:
                seconds = _stop_under_load(server, shop, load, codes)
                longest_seconds = max(longest_seconds, seconds)
        missing = len(load.placed - order_ids(folder / "shop.db"))
        wrong = flaws(folder / "shop.db")
    return [
        Finding(
            "A9 SIGTERM",
            f"{KEEPING} clients that keep their connection and {OPENING} that open one for each "
            f"order",
            times,
            f"{len(load.aborted)} aborted of {len(load.placed)} answered, {missing} of them "
            f"missing, exit codes {sorted(set(codes))}, {longest_seconds:.1f} s at most",
            f"0 aborted, 0 missing, exit 0 within {END_SECONDS} s",
            not load.aborted
            and missing == 0
            and not wrong
            and set(codes) == {0}
            and longest_seconds <= END_SECONDS
            and load.refused >= times,
        )
    ]


def _stop_under_load(server: ServerProcess, shop: Shop, load: Load, codes: list[int]) -> float:
    clients = [_Client(server.port, shop, load, keeps=True) for _ in range(KEEPING)]
    clients += [_Client(server.port, shop, load, keeps=False) for _ in range(OPENING)]
    with repeating([partial(client.ask) for client in clients]) as ended:
        time.sleep(LOADED_SECONDS)
        signalled_at = time.monotonic()
        codes.append(server.stop())
        ended.wait(0.1)  # let everybody find out
    return time.monotonic() - signalled_at


class _Client:
    """Places orders until nobody listens any more."""

    def __init__(self, port: int, shop: Shop, load: Load, *, keeps: bool) -> None:
        self._shop = shop
        self._load = load
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=END_SECONDS)
        self._headers = {
            "Authorization": f"Bearer {shop.key}",
            "Content-Type": "application/json",
            "Connection": "keep-alive" if keeps else "close",
        }

    def ask(self) -> bool:
        """Place one order; False when the connection was refused."""
        if self._connection.sock is None:
            try:
                self._connection.connect()
            except OSError:
                self._load.refused += 1
                return False
        try:
            self._connection.request("POST", "/api/orders", self._shop.order("A9"), self._headers)
            answer = self._connection.getresponse()
            self._load.placed.add(json.loads(answer.read())["id"])
        except (OSError, http.client.HTTPException, KeyError) as error:
            self._load.aborted.append(repr(error))
            self._connection.close()
        return True
