"""The page about two nodes and a proxy: its nginx configuration, run before real nodes."""

from __future__ import annotations

import os
import shutil
import signal
import ssl
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from expressb2b_core import ExpressB2B
from tests import server_processes
from tests.builders import NAPKIN, Customer, customer, napkin
from tests.certificates import Authority
from tests.docs.blocks import DOCS, blocks_of
from tests.postgres import Server
from tests.receivers import RawReceiver, refused_port, take_request, wait_until

PAGE = DOCS / "wholesaler" / "two-nodes.md"
SECRET = "a secret that all nodes share"
METRICS_TOKEN = "a-token-for-metrics"
PATIENCE_SECONDS = 20


class Proxy:
    """A client that asks nginx, as the public name."""

    def __init__(self, port: int, trust: ssl.SSLContext) -> None:
        self._url = f"https://127.0.0.1:{port}"
        self._pool = urllib3.PoolManager(
            maxsize=20,
            retries=False,
            timeout=PATIENCE_SECONDS,
            ssl_context=trust,
            server_hostname="orders.example.com",
            assert_hostname="orders.example.com",
        )

    def ask(
        self, key: str, path: str = "/api/orders", method: str = "GET", **more: object
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Bearer {key}", "Host": "orders.example.com"}
        given = more.pop("headers", {})
        assert isinstance(given, dict)
        return self._pool.request(
            method,
            self._url + path,
            headers=headers | given,
            **more,  # type: ignore[arg-type]
        )

    def place(self, key: str, of: Customer, repeat: str) -> int:
        items = [{"sku": NAPKIN, "qty": 1}]
        body = {"billing_account_id": of.account_id, "site_id": of.site_id, "items": items}
        headers = {"Idempotency-Key": repeat}
        return self.ask(key, method="POST", json=body, headers=headers).status

    def close(self) -> None:
        self._pool.clear()


def program() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found is not None:
        return found
    reason = "nginx is not installed (Debian: apt-get install nginx-light)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def configuration(folder: Path, port: int, nodes: tuple[int, int]) -> str:
    """The page's file, in which only addresses and places are others."""
    (site,) = [block.code for block in blocks_of(PAGE.read_text()) if block.language == "nginx"]
    stands_for = {
        "10.0.0.11:8000": f"127.0.0.1:{nodes[0]}",
        "10.0.0.12:8000": f"127.0.0.1:{nodes[1]}",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/orders.example.com.pem": f"{folder}/DNS:orders.example.com.pem",
        "/etc/ssl/orders.example.com.key": f"{folder}/DNS:orders.example.com.key",
    }
    for said, meant in stands_for.items():
        assert site.count(said) == 1
        site = site.replace(said, meant)
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    own = f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;"
    user = "user root;" if os.geteuid() == 0 else ""
    return f"{own} {user}\nevents {{}}\nhttp {{\naccess_log off;\n{places}{site}}}\n"


@contextmanager
def proxied(folder: Path, nodes: tuple[int, int]) -> Iterator[Proxy]:
    nginx = program()
    authority = Authority(folder)
    authority.server_context("DNS:orders.example.com")
    port = refused_port()
    (folder / "nginx.conf").write_text(configuration(folder, port, nodes))
    process = subprocess.Popen(
        [nginx, "-p", str(folder), "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL
    )
    proxy = Proxy(port, authority.client_context())
    try:
        wait_until(lambda: answers(port) or process.poll() is not None)
        assert process.poll() is None, (folder / "error.log").read_text()
        yield proxy
    finally:
        proxy.close()
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def answers(port: int) -> bool:
    try:
        urllib3.request("GET", f"http://127.0.0.1:{port}/", retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return True


@contextmanager
def node(postgres: Server, folder: Path, port: int) -> Iterator[server_processes.ServerProcess]:
    variables = {
        "EXPRESSB2B_DATABASE": postgres.address("shop"),
        "EXPRESSB2B_SECRET": SECRET,
        "EXPRESSB2B_PUBLIC_URL": "https://orders.example.com",
        "EXPRESSB2B_TRUSTED_PROXY": "127.0.0.1",
        "EXPRESSB2B_METRICS_TOKEN": METRICS_TOKEN,
    }
    with server_processes.running(folder, "--port", str(port), variables=variables) as server:
        yield server


def has_placed_orders(port: int) -> bool:
    figures = urllib3.request(
        "GET",
        f"http://127.0.0.1:{port}/metrics",
        headers={"Authorization": f"Bearer {METRICS_TOKEN}"},
    )
    placed = b'expressb2b_requests_total{method="POST",route="/api/orders",status="201"}'
    return placed in figures.data


@pytest.fixture
def library(postgres_server: Server) -> Iterator[ExpressB2B]:
    with ExpressB2B(postgres_server.emptied(), secret=SECRET) as b2b:
        napkin(b2b.workspace())
        yield b2b


def test_two_nodes_answer_as_one_and_each_may_end_at_any_moment(
    library: ExpressB2B, postgres_server: Server, tmp_path: Path
) -> None:
    shop = library.workspace()
    midwest = customer(shop)
    key = shop.keys.create("ERP", limits={"write": 10_000, "read": 10_000}).key
    limited, revoked = shop.keys.create("limited", limits={"read": 25}), shop.keys.create("gone")
    ports = refused_port(), refused_port()
    acknowledged: list[int] = []
    statuses: Counter[int] = Counter()
    ended = threading.Event()

    def place(worker: int) -> None:
        number = 0
        while not ended.is_set():
            status = proxy.place(key, midwest, f"{worker}-{number}")
            statuses[status] += 1
            if status == 201:
                acknowledged.append(status)
                number += 1

    def wait_for_more() -> None:
        before = len(acknowledged)
        wait_until(lambda: len(acknowledged) >= before + 20, PATIENCE_SECONDS)

    with (
        proxied(tmp_path, ports) as proxy,
        node(postgres_server, tmp_path, ports[0]) as left,
        ThreadPoolExecutor(8) as threads,
    ):
        with node(postgres_server, tmp_path, ports[1]) as right:
            first = proxy.ask(key, "/api/versions", headers={"X-Request-Id": "erp-42"})
            assert (first.status, first.headers["X-Request-Id"]) == (200, "erp-42")
            assert proxy.ask(key, "/metrics").status == 404
            too_large = proxy.ask(key, method="POST", body=b" " * (5 << 19))
            assert (too_large.status, too_large.json()["code"]) == (413, "payload_too_large")

            asked = [threads.submit(proxy.ask, limited.key) for _ in range(60)]
            assert Counter(one.result().status for one in asked) == {200: 25, 429: 35}
            assert {proxy.ask(revoked.key).status for _ in range(6)} == {200}
            shop.keys.revoke(revoked.id)
            assert {proxy.ask(revoked.key).status for _ in range(6)} == {401}

            placing = [threads.submit(place, worker) for worker in range(4)]
            wait_for_more()
            right.process.kill()
            wait_for_more()
        before_restart = Counter(statuses)
        with node(postgres_server, tmp_path, ports[1]):
            wait_until(lambda: has_placed_orders(ports[1]), PATIENCE_SECONDS)
            assert left.stop(signal.SIGTERM) == 0
            wait_for_more()
            ended.set()
            for one in placing:
                one.result(PATIENCE_SECONDS)
            found = proxy.ask(key, "/api/orders?per_page=1").json()["meta"]["total"]

    assert found == len(acknowledged), "each acknowledged order is there once, and no other"
    assert set(statuses) <= {201, 503}
    assert statuses[503] == before_restart[503], "a restart in good order is not noticed"


def test_a_sent_post_is_never_sent_again_and_a_get_is(
    library: ExpressB2B, postgres_server: Server, tmp_path: Path
) -> None:
    shop = library.workspace()
    key = shop.keys.create("ERP").key

    with RawReceiver(lambda receiver, connection: take_request(connection)) as dying:
        port = refused_port()
        nodes = (dying.port, port)
        with node(postgres_server, tmp_path, port), proxied(tmp_path, nodes) as proxy:
            refused = proxy.ask(key, method="POST", json={}, headers={"X-Request-Id": "erp-7"})
            assert dying.connections == 1
            read = proxy.ask(key)

    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    assert refused.json()["request_id"] == refused.headers["X-Request-Id"] == "erp-7"
    assert read.status == 200
