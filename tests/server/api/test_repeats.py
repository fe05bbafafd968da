from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.services.idempotency import KEPT_SECONDS
from expressb2b_core.services.orders import Orders
from expressb2b_server.api import answers
from expressb2b_server.api.answers import Answer
from expressb2b_server.api.dispatch import Api
from expressb2b_server.api.gate import Gate
from expressb2b_server.api.requests import Request
from expressb2b_server.api.routes import Routes
from expressb2b_server.app import Application
from expressb2b_server.metrics import Metrics
from tests.client import Client
from tests.clocks import FakeClock
from tests.server.conftest import Customer

KEY = {"Idempotency-Key": "order 7781"}


def orders(client: Client) -> int:
    return int(client.get("/api/orders").json["meta"]["total"])


def test_a_repeat_gets_the_first_answer_and_has_no_effect(
    client: Client, customer: Customer, clock: FakeClock
) -> None:
    first = client.post("/api/orders", customer.order(), headers=KEY)
    clock.advance(5)
    again = client.post("/api/orders", customer.order(), headers=KEY)

    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    for name in ("location", "etag", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert orders(client) == 1


def test_a_repeat_counts_against_the_limit(client: Client, customer: Customer) -> None:
    client.post("/api/orders", customer.order(), headers=KEY)

    again = client.post("/api/orders", customer.order(), headers=KEY)

    assert again.headers["x-ratelimit-remaining"] == "58"


def test_a_refusal_is_kept_too(client: Client, shop: Workspace, customer: Customer) -> None:
    first = client.post("/api/orders", customer.order(sku="NEW"), headers=KEY)
    shop.products.upsert(sku="NEW", name="New", base_price="1.00")

    again = client.post("/api/orders", customer.order(sku="NEW"), headers=KEY)

    assert (first.status, again.status) == (422, 422)
    assert again.body == first.body
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{}", "validation_failed"),
        (b'{"misspelt": 1}', "validation_failed"),
        (b"[]", "validation_failed"),
        (b"{", "invalid_json"),
    ],
)
def test_refusal_of_a_body_that_cannot_be_used_is_kept_too(
    client: Client, customer: Customer, raw: bytes, code: str
) -> None:
    first = client.post("/api/orders", raw=raw, headers=KEY)

    again = client.post("/api/orders", raw=raw, headers=KEY)
    other = client.post("/api/orders", customer.order(), headers=KEY)

    assert (first.code, again.body) == (code, first.body)
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status, other.code) == (422, "idempotency_key_reused")


def test_unusable_body_under_a_used_key_is_another_request(
    client: Client, customer: Customer
) -> None:
    client.post("/api/orders", customer.order(), headers=KEY)

    other = client.post("/api/orders", {}, headers=KEY)

    assert (other.status, other.code) == (422, "idempotency_key_reused")


def test_a_refused_change_is_undone_though_its_answer_is_kept(
    client: Client, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Orders.place

    def place_and_refuse(self: Orders, **given: object) -> object:
        place(self, **given)  # type: ignore[arg-type]
        return place(self, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(Orders, "place", place_and_refuse)
    answer = client.post("/api/orders", customer.order(external_id="E-1"), headers=KEY)

    assert (answer.status, answer.code) == (409, "already_exists")
    assert orders(client) == 0


@pytest.mark.parametrize("change", ["body", "path"])
def test_the_same_key_for_another_request_is_refused(
    client: Client, customer: Customer, change: str
) -> None:
    first = client.post("/api/orders", customer.order(), headers=KEY).json

    if change == "body":
        other = client.post("/api/orders", customer.order(qty=5), headers=KEY)
    else:
        other = client.post(f"/api/orders/{first['id']}/cancel", {"reason": "x"}, headers=KEY)

    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert orders(client) == 1


def test_keys_of_other_api_keys_are_others(
    client: Client, shop: Workspace, customer: Customer
) -> None:
    other = client.with_key(shop.keys.create("WMS").key)

    client.post("/api/orders", customer.order(), headers=KEY)

    assert (
        "idempotency-replayed"
        not in other.post("/api/orders", customer.order(), headers=KEY).headers
    )
    assert orders(client) == 2


def test_after_seven_days_a_key_is_forgotten(
    client: Client, customer: Customer, clock: FakeClock
) -> None:
    client.post("/api/orders", customer.order(), headers=KEY)
    clock.advance(KEPT_SECONDS - 1)
    assert (
        "idempotency-replayed" in client.post("/api/orders", customer.order(), headers=KEY).headers
    )
    clock.advance(1)

    client.post("/api/orders", customer.order(), headers=KEY)

    assert orders(client) == 2


def test_while_the_first_runs_a_second_is_refused(
    client: Client, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Orders.place
    seen = []

    def place_meanwhile(self: Orders, **given: object) -> object:
        seen.append(client.post("/api/orders", customer.order(), headers=KEY))
        return place(self, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(Orders, "place", place_meanwhile)
    first = client.post("/api/orders", customer.order(), headers=KEY)

    assert first.status == 201
    assert (seen[0].status, seen[0].code) == (409, "idempotency_in_progress")


@pytest.mark.parametrize(
    ("error", "status"),
    [(RuntimeError("a fault"), 500), (StorageUnavailable("The database is busy."), 503)],
)
def test_after_a_fault_the_same_request_is_tried_anew(
    client: Client,
    customer: Customer,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
) -> None:
    place = Orders.place

    def place_and_fail(self: Orders, **given: object) -> object:
        place(self, **given)  # type: ignore[arg-type]
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(Orders, "place", place_and_fail)
        assert client.post("/api/orders", customer.order(), headers=KEY).status == status
    assert orders(client) == 0

    again = client.post("/api/orders", customer.order(), headers=KEY)

    assert again.status == 201
    assert "idempotency-replayed" not in again.headers


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\x7f", "a\tb"])
def test_a_key_that_cannot_be_kept_is_refused(client: Client, customer: Customer, key: str) -> None:
    answer = client.post("/api/orders", customer.order(), headers={"Idempotency-Key": key})

    assert (answer.status, answer.code) == (400, "invalid_header")
    assert answer.json["header"] == "Idempotency-Key"
    assert orders(client) == 0


def test_the_longest_key_is_taken(client: Client, customer: Customer) -> None:
    longest = {"Idempotency-Key": "~" * 255}

    assert client.post("/api/orders", customer.order(), headers=longest).status == 201


def test_other_methods_take_no_notice_of_a_key(client: Client) -> None:
    for name in ("A", "B"):
        client.put("/api/pricing-tiers/t", {"name": name}, headers=KEY)

    assert client.get("/api/pricing-tiers/t").json["name"] == "B"


def test_a_bulk_result_is_kept(client: Client) -> None:
    body = {"products": [{"sku": "A", "name": "A"}]}

    first = client.post("/api/products/bulk", body, headers=KEY)
    again = client.post("/api/products/bulk", body, headers=KEY)

    assert first.json["meta"]["created"] == 1
    assert again.body == first.body


def test_the_first_answer_is_in_its_own_version_for_ever(
    client: Client, customer: Customer
) -> None:
    client.post("/api/orders", customer.order(), headers=KEY)

    again = client.post("/api/orders", customer.order(), headers=KEY)

    assert again.headers["x-expressb2b-version"] == "2026-03"


SECRET = "whsec_hush"


def redact(text: str) -> str:
    return text.replace(SECRET, "")


def restore(request: Request, text: str) -> str:
    assert request.workspace.name == "default"
    return text.replace('"secret":""', f'"secret":"{SECRET}"')


def test_a_secret_in_an_answer_is_not_kept_and_comes_back(
    app: Application, b2b: ExpressB2B, shop: Workspace
) -> None:
    routes = Routes("Secrets", scope="webhooks")

    @routes.post("/api/secrets", redact=redact, restore=restore)
    def make_secret(request: Request) -> Answer:
        return answers.plain(request, f'{{"secret":"{SECRET}"}}')

    gate = Gate(b2b, app.limits, app.key_uses)
    client = Client(
        Api(b2b, routes, gate, Metrics(b2b.runtime.clock, "x")), shop.keys.create("x").key
    )

    first = client.post("/api/secrets", headers=KEY)
    again = client.post("/api/secrets", headers=KEY)

    assert again.body == first.body == b'{"secret":"whsec_hush"}'
    kept = b2b.runtime.database.run_sql("SELECT body FROM idempotent_replies")
    assert kept == [('{"secret":""}',)]
