from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_server.app import Application, create_app
from expressb2b_server.serving import Serving
from expressb2b_server.serving.trusted_proxy import TrustedProxy
from expressb2b_server.settings import Settings
from tests.client import Client

TOKEN = "a-token-of-some-length"


def local(app: Application) -> Client:
    client = Client(app)
    client.address = "127.0.0.1"
    return client


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_a_server_that_is_well_says_so_to_anybody(app: Application, path: str) -> None:
    answer = Client(app).get(path)

    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert "x-request-id" in answer.headers


def test_without_its_database_it_lives_but_is_not_ready(
    app: Application, b2b: ExpressB2B, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no such host db.internal")

    monkeypatch.setattr(type(b2b.runtime.database), "run_sql", fail)
    client = Client(app)

    assert client.get("/livez").status == 200
    for path in ("/readyz", "/healthz"):
        answer = client.get(path)
        assert (answer.status, answer.code) == (503, "storage_unavailable")
        assert "retry-after" in answer.headers
        assert b"db.internal" not in answer.body


def test_this_machine_may_read_the_metrics(app: Application) -> None:
    client = local(app)
    client.get("/api/orders")
    client.get("/nope")

    answer = client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.body.decode().splitlines()
    counted = 'expressb2b_requests_total{method="GET",route="/api/orders",status="401"} 1'
    assert counted in lines
    assert 'expressb2b_requests_total{method="-",route="(none)",status="404"} 1' in lines


@pytest.mark.parametrize("address", ["192.0.2.7", "", "10.0.0.1", "1270.0.0.1", "::2"])
def test_other_machines_find_no_metrics(app: Application, address: str) -> None:
    client = Client(app)
    client.address = address

    assert client.get("/metrics").status == 404


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host", "Via"]
)
def test_behind_a_proxy_on_this_machine_nobody_is_local(app: Application, header: str) -> None:
    assert local(app).get("/metrics", headers={header: "x"}).status == 404


def test_behind_a_proxy_whose_headers_our_server_dropped_nobody_is_local(
    app: Application,
) -> None:
    application = TrustedProxy(app, Serving(), new_request_id=lambda: "r-1")
    client = Client(application)
    client.address = "127.0.0.1"

    assert client.get("/metrics").status == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status == 404


@pytest.mark.parametrize("host", ["orders.example.com", "shop:8000", "127.0.0.1.example.com"])
def test_a_proxy_that_sends_no_forwarding_header_is_known_by_the_public_name(
    app: Application, host: str
) -> None:
    assert local(app).get("/metrics", headers={"Host": host}).status == 404


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_this_machine_asks_for_itself(app: Application, host: str) -> None:
    assert local(app).get("/metrics", headers={"Host": host}).status == 200


@pytest.mark.parametrize("proxy", ["127.0.0.1", "*"])
def test_the_trusted_proxy_needs_the_token_even_when_it_is_on_this_machine(
    b2b: ExpressB2B, proxy: str
) -> None:
    settings = Settings(trusted_proxy=proxy, metrics_token=TOKEN)
    client = local(create_app(b2b, settings))

    assert client.get("/metrics").status == 401
    authorization = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/metrics", headers=authorization).status == 200


def test_a_token_opens_the_metrics_to_other_machines(b2b: ExpressB2B) -> None:
    client = Client(create_app(b2b, Settings(metrics_token=TOKEN)))

    def status(authorization: str) -> int:
        return client.get("/metrics", headers={"Authorization": authorization}).status

    assert status(f"Bearer {TOKEN}") == 200
    assert status(f"Bearer {TOKEN}x") == 401
    assert status("Bearer é") == 401
    assert client.get("/metrics").status == 401
