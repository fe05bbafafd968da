"""Two servers on one PostgreSQL: what one does the other knows, and either may die."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from expressb2b_core import ExpressB2B
from expressb2b_core.services.deliveries import Deliveries
from tests import server_processes
from tests.builders import NAPKIN, Customer, customer, napkin
from tests.postgres import Server
from tests.receivers import Receiver, wait_until
from tests.server_processes import PATIENCE_SECONDS, ServerProcess

SECRET = "a secret that all nodes share"


class Node:
    """A server process, and a client that sends it requests with a key."""

    def __init__(self, server: ServerProcess) -> None:
        self.process = server.process
        self.address = server.address
        self._pool = urllib3.PoolManager(maxsize=20, retries=False, timeout=PATIENCE_SECONDS)

    def status(
        self, key: str, method: str = "GET", path: str = "/api/orders", **more: object
    ) -> int:
        """How it answers; 0 when it does not answer at all."""
        headers = {"Authorization": f"Bearer {key}"}
        try:
            return self._pool.request(
                method,
                self.address + path,
                headers=headers,
                **more,  # type: ignore[arg-type]
            ).status
        except urllib3.exceptions.HTTPError:
            return 0

    def place(self, key: str, of: Customer) -> int:
        items = [{"sku": NAPKIN, "qty": 1}]
        body = {"billing_account_id": of.account_id, "site_id": of.site_id, "items": items}
        return self.status(key, "POST", json=body)

    def close(self) -> None:
        self._pool.clear()


@contextmanager
def running(address: str, folder: Path) -> Iterator[Node]:
    variables = {
        "EXPRESSB2B_DATABASE": address,
        "EXPRESSB2B_SECRET": SECRET,
        "EXPRESSB2B_WEBHOOK_ALLOW_NETS": "127.0.0.0/8",
    }
    with server_processes.running(folder, variables=variables) as server:
        node = Node(server)
        yield node
        node.close()


@pytest.fixture
def library(postgres_server: Server) -> Iterator[ExpressB2B]:
    """The same database in this process: a third node, and the command line's way in."""
    with ExpressB2B(postgres_server.emptied(), secret=SECRET) as b2b:
        napkin(b2b.workspace())
        yield b2b


@pytest.fixture
def nodes(
    library: ExpressB2B, postgres_server: Server, tmp_path: Path
) -> Iterator[tuple[Node, Node]]:
    address = postgres_server.address("shop")
    with running(address, tmp_path) as left, running(address, tmp_path) as right:
        yield left, right


def test_keys_and_limits_are_the_same_everywhere_and_a_database_that_restarts_is_found_again(
    nodes: tuple[Node, Node], library: ExpressB2B, postgres_server: Server
) -> None:
    keys = library.workspace().keys
    limited, revoked = keys.create("limited", limits={"read": 25}), keys.create("revoked")

    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(nodes[turn % 2].status, limited.key) for turn in range(60)]
        statuses = Counter(answer.result() for answer in asked)
    assert statuses == {200: 25, 429: 35}

    assert [node.status(revoked.key) for node in nodes] == [200, 200]
    keys.revoke(revoked.id)
    assert [node.status(revoked.key) for node in nodes] == [401, 401]

    erp = keys.create("ERP")
    postgres_server.stop(signal.SIGINT)
    down = [node.status(erp.key) for node in nodes]
    postgres_server.start()
    started = time.monotonic()
    wait_until(lambda: [node.status(erp.key) for node in nodes] == [200, 200])
    assert down == [503, 503]
    assert time.monotonic() - started < 5


def test_a_node_that_dies_loses_nothing_and_nothing_is_delivered_by_two(
    nodes: tuple[Node, Node], library: ExpressB2B
) -> None:
    shop = library.workspace()
    midwest = customer(shop, {"name": "manager", "min_total": "0"})
    key = shop.keys.create("ERP", limits={"write": 1000}).key
    left, right = nodes
    dead = threading.Event()
    acknowledged: list[int] = []

    def place_on(node: Node) -> None:
        while len(acknowledged) < 60:
            status = node.place(key, midwest)
            if status == 201:
                acknowledged.append(status)
            elif node is left and dead.is_set():
                return

    with Receiver() as receiver, ThreadPoolExecutor(6) as threads:
        status = left.status(
            key, "POST", "/api/webhooks", json={"url": receiver.url, "events": ["*"]}
        )
        assert status == 201
        placing = [threads.submit(place_on, node) for node in (left, right) for _ in range(3)]
        receiver.wait_for(10)
        left.process.kill()
        dead.set()
        for one in placing:
            one.result(PATIENCE_SECONDS)
        left.process.wait(PATIENCE_SECONDS)
        held = Deliveries(library.runtime).release_leases()  # what a minute of waiting would do
        placed = [event.id for event in shop.events.iterate(per_page=100)]
        wait_until(
            lambda: {one.headers["webhook-id"] for one in receiver.requests} == set(placed), 20
        )

    times = Counter(request.headers["x-expressb2b-delivery"] for request in receiver.requests)
    again = [delivery for delivery, count in times.items() if count > 1]
    assert len(placed) >= len(acknowledged) >= 60
    assert len(again) <= held, "only what the dead node had in flight may come twice"
    assert max(times.values()) <= 2
