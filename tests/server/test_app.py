from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from expressb2b_server.app import Application
from expressb2b_server.mounting import REQUEST_ID
from tests.client import Client


def page(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    body = f"page {environ['PATH_INFO']} {environ[REQUEST_ID]}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


def broken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    raise RuntimeError("hush")


@pytest.fixture
def mounted(app: Application) -> Client:
    app.mount("/admin", page, "Panel")
    app.mount("/broken", broken)
    return Client(app)


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/orders"])
def test_what_is_mounted_answers_below_its_path(mounted: Client, path: str) -> None:
    answer = mounted.get(path, headers={"X-Request-Id": "r-1"})

    assert answer.body.decode() == f"page {path} r-1"
    assert answer.headers["x-request-id"] == "r-1"
    assert answer.headers["x-expressb2b-version"] == "2026-03"


@pytest.mark.parametrize("path", ["/administrators", "/api/admin", "/"])
def test_other_paths_are_the_interfaces(mounted: Client, path: str) -> None:
    assert mounted.get(path).code == "not_found"


def test_its_place_is_known_to_whoever_prints_addresses(app: Application, mounted: Client) -> None:
    assert app.places["Panel"] == "/admin"
    assert "/broken" not in app.places.values()


def test_what_it_lets_escape_says_only_its_request_id(
    mounted: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = mounted.get("/broken", headers={"X-Request-Id": "r-1"})

    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"hush" not in answer.body
    assert "r-1" in caplog.text
    assert mounted.request("HEAD", "/broken").body == b""
