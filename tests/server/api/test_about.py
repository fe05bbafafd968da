from __future__ import annotations

from expressb2b_server.app import Application
from tests.client import Client


def test_the_root_says_where_to_go_without_a_key(app: Application) -> None:
    client = Client(app)

    about = client.get("/api").json

    assert about["name"] == "Express B2B"
    assert about["versions"] == [about["newest_version"]] == ["2026-03"]
    for path in ("versions", "openapi"):
        assert client.get(about["links"][path]).status == 200


def test_the_description_is_sent_once(app: Application) -> None:
    client = Client(app)
    first = client.get("/api/openapi.json")

    again = client.get("/api/openapi.json", headers={"If-None-Match": first.headers["etag"]})

    assert first.json["openapi"].startswith("3.1")
    assert again.status == 304


def test_unknown_parameters_are_refused_here_too(app: Application) -> None:
    for path in ("/api", "/api/versions", "/api/openapi.json"):
        assert Client(app).get(f"{path}?x=1").status == 422
