from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.inputs.keys import ALL_SCOPES
from expressb2b_server.api import table
from expressb2b_server.app import Application
from tests.client import Answer, Client
from tests.clocks import MARCH_15, FakeClock

LIMIT_HEADERS = (
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "ratelimit-policy",
    "ratelimit",
)


def without_request_id(answer: Answer) -> dict[str, object]:
    return {name: value for name, value in answer.json.items() if name != "request_id"}


def mistyped(key: str) -> str:
    return key[:-1] + ("A" if key[-1] != "A" else "B")


# Who are you?


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_a_valid_key_is_let_in(client: Client, scheme: str) -> None:
    headers = {"Authorization": f"{scheme}{client.key}"}

    assert client.with_key(None).get("/api/orders", headers=headers).status == 200


def test_every_other_authorization_gets_the_same_answer(
    app: Application, shop: Workspace, clock: FakeClock
) -> None:
    revoked = shop.keys.create("revoked")
    shop.keys.revoke(revoked.id)
    expired = shop.keys.create("expired", expires_in_seconds=60)
    good = shop.keys.create("good").key
    unknown = ExpressB2B("sqlite:///:memory:", secret="another").workspace().keys.create("x").key
    clock.advance(60)
    attempts = [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Basic {good}",
        good,
        f"Bearer {good} x",
        f"Bearer {good}, Bearer {good}",
        f"Bearer {mistyped(good)}",
        f"Bearer {unknown}",
        f"Bearer {revoked.key}",
        f"Bearer {expired.key}",
        "Bearer \xe9",
    ]

    answers = [
        Client(app).get("/api/orders", headers={} if sent is None else {"Authorization": sent})
        for sent in attempts
    ]

    for answer in answers:
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert without_request_id(answer) == without_request_id(answers[0])
        assert not any(name in answer.headers for name in LIMIT_HEADERS)


def test_a_revoked_key_is_refused_from_the_next_request_on(client: Client, shop: Workspace) -> None:
    assert client.get("/api/orders").status == 200

    shop.keys.revoke("ERP")

    assert client.get("/api/orders").status == 401


def test_a_key_opens_its_own_workspace(
    client: Client, shop: Workspace, stranger: Workspace
) -> None:
    shop.tiers.put("mine", name="Mine")
    stranger.tiers.put("theirs", name="Theirs")

    listed = client.get("/api/pricing-tiers").json["data"]
    theirs = client.with_key(stranger.keys.create("x").key).get("/api/pricing-tiers").json["data"]

    assert [tier["code"] for tier in listed] == ["mine"]
    assert [tier["code"] for tier in theirs] == ["theirs"]


def test_a_use_is_noted_beside_the_request(
    client: Client, app: Application, shop: Workspace
) -> None:
    client.get("/api/orders")

    assert shop.keys.get("ERP").last_used_at is None
    app.key_uses.flush_uses()
    assert shop.keys.get("ERP").last_used_at == "2026-03-15T14:32:07Z"


# What may you do?


@pytest.mark.parametrize("route", table.KEYED, ids=lambda route: route.name)
def test_each_route_needs_its_scope(client: Client, shop: Workspace, route: table.Route) -> None:
    assert route.scope in ALL_SCOPES
    implied = {route.scope, route.scope.replace(":read", ":write")}
    others = [scope for scope in ALL_SCOPES if scope not in implied]
    key = shop.keys.create("narrow", scopes=others).key
    path = route.path.replace("{", "x").replace("}", "x")

    answer = client.with_key(key).request(route.method, path)

    assert (answer.status, answer.code) == (403, "insufficient_scope")
    assert answer.json["required_scope"] == route.scope


@pytest.mark.parametrize("route", table.KEYED, ids=lambda route: route.name)
def test_the_scope_follows_from_method_and_resource(route: table.Route) -> None:
    resource, access = str(route.scope).split(":")

    expected = {
        "orders": "orders",
        "events": "orders",
        "products": "catalog",
        "inventory": "catalog",
        "pricing-tiers": "catalog",
        "billing-accounts": "accounts",
        "sites": "accounts",
        "contacts": "accounts",
        "webhooks": "webhooks",
        "deliveries": "webhooks",
    }[route.path.split("/")[2]]
    reads = route.method == "GET" or route.name == "quote_order"
    assert (resource, access) == (expected, "read" if reads else "write")


def test_write_implies_read(client: Client, shop: Workspace) -> None:
    key = shop.keys.create("writer", scopes=["orders:write"]).key

    assert client.with_key(key).get("/api/orders").status == 200


# In which version?


def test_the_keys_version_answers_unless_another_is_asked_for(client: Client) -> None:
    assert client.get("/api/orders").headers["x-expressb2b-version"] == "2026-03"
    asked = client.get("/api/orders", headers={"X-ExpressB2B-Version": "2026-03"})
    assert asked.headers["x-expressb2b-version"] == "2026-03"


@pytest.mark.parametrize("version", ["2026-13", "2026", "latest", "", "2026-03 ", "é"])
def test_an_unknown_version_is_refused_with_those_there_are(client: Client, version: str) -> None:
    answer = client.get("/api/orders", headers={"X-ExpressB2B-Version": version})

    assert (answer.status, answer.code) == (400, "unknown_version")
    assert answer.json["supported"] == ["2026-03"]
    assert answer.headers["x-ratelimit-remaining"] == "119"


# How much is left?


def test_every_answer_to_a_key_says_what_is_left(client: Client) -> None:
    answer = client.get("/api/orders")

    assert {name: answer.headers[name] for name in LIMIT_HEADERS} == {
        "x-ratelimit-limit": "120",
        "x-ratelimit-remaining": "119",
        "x-ratelimit-reset": str(MARCH_15 + 60),
        "ratelimit-policy": '"read";q=120;w=60',
        "ratelimit": '"read";r=119;t=60',
    }


def test_the_next_request_over_the_limit_waits_exactly_as_long_as_it_is_told(
    client: Client, clock: FakeClock
) -> None:
    for _ in range(120):
        assert client.get("/api/orders").status == 200
        clock.advance(0.1)

    refused = client.get("/api/orders")

    assert (refused.status, refused.code) == (429, "rate_limited")
    assert refused.headers["x-ratelimit-remaining"] == "0"
    seconds = int(refused.headers["retry-after"])
    assert refused.headers["ratelimit"] == f'"read";r=0;t={seconds}'
    clock.advance(seconds - 1)
    assert client.get("/api/orders").status == 429
    clock.advance(1)
    assert client.get("/api/orders").status == 200


def test_reads_and_writes_and_keys_are_counted_apart(client: Client, shop: Workspace) -> None:
    for number in range(60):
        assert client.put(f"/api/pricing-tiers/t{number}", {"name": "T"}).status == 201

    assert client.put("/api/pricing-tiers/t", {"name": "T"}).status == 429
    assert client.get("/api/pricing-tiers").status == 200
    other = client.with_key(shop.keys.create("other").key)
    assert other.put("/api/pricing-tiers/t", {"name": "T"}).status == 201


def test_what_is_refused_for_other_reasons_counts_too(client: Client) -> None:
    client.get("/api/orders?status=lost")
    client.get("/api/orders/unknown")

    assert client.get("/api/orders").headers["x-ratelimit-remaining"] == "117"


def test_a_bulk_upsert_is_one_write(client: Client) -> None:
    products = [{"sku": f"S{number}", "name": "S"} for number in range(50)]

    answer = client.post("/api/products/bulk", {"products": products})

    assert answer.json["meta"]["created"] == 50
    assert answer.headers["x-ratelimit-remaining"] == "59"


def test_a_key_can_have_limits_of_its_own(client: Client, shop: Workspace) -> None:
    own = client.with_key(shop.keys.create("slow", limits={"read": 1}).key)

    assert own.get("/api/orders").headers["ratelimit-policy"] == '"read";q=1;w=60'
    assert own.get("/api/orders").status == 429


def test_failed_attempts_are_limited_by_address_and_valid_keys_are_not(client: Client) -> None:
    nobody = client.with_key(None)
    for _ in range(60):
        assert nobody.get("/api/orders").status == 401

    refused = nobody.get("/api/orders")

    assert (refused.status, refused.headers["retry-after"]) == (429, "60")
    assert client.get("/api/orders").status == 200
    nobody.address = "192.0.2.8"
    assert nobody.get("/api/orders").status == 401


def test_nothing_is_said_of_a_resource_before_the_key_is_known(client: Client) -> None:
    answer = client.with_key(None).post("/api/orders?x=1", raw=b"{", headers={"If-Match": "?"})

    assert answer.status == 401
