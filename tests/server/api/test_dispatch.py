from __future__ import annotations

import io
import logging
from urllib.parse import quote

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import StorageUnavailable
from expressb2b_server.api import table
from expressb2b_server.app import Application
from tests.client import Answer, Client
from tests.server.conftest import Customer


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/api/", "/api/orders/", "/api/order", "/API/orders", "/api/\xff", "//"]
)
def test_an_unknown_path_is_told_in_json_without_a_key(client: Client, path: str) -> None:
    answer = client.with_key(None).get("/", environ={"PATH_INFO": path})

    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/orders", "GET, HEAD, POST"),
        ("OPTIONS", "/api/orders", "GET, HEAD, POST"),
        ("TRACE", "/api/versions", "GET, HEAD"),
        ("GET", "/api/inventory", "POST"),
        ("HEAD", "/api/inventory", "POST"),
        ("POST", "/api/products/x", "DELETE, GET, HEAD, PUT"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    client: Client, method: str, path: str, allowed: str
) -> None:
    answer = client.with_key(None).get(path, environ={"REQUEST_METHOD": method})

    assert answer.status == 405
    assert answer.headers["allow"] == allowed
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["ANY", "PROXY", "any", "FROB"])
@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
def test_words_of_the_router_are_no_methods(client: Client, method: str) -> None:
    assert client.request(method, "/api/orders").status == 405


def test_head_answers_as_get_does_without_the_body(client: Client, customer: Customer) -> None:
    order = client.post("/api/orders", customer.order()).json
    for path in ("/api/orders", f"/api/orders/{order['id']}", "/livez", "/api/openapi.json"):
        got, head = client.get(path), client.request("HEAD", path)

        assert (head.status, head.body) == (200, b"")
        for name in ("content-length", "content-type", "etag"):
            assert head.headers.get(name) == got.headers.get(name)


def test_head_of_a_refusal_has_no_body_either(client: Client) -> None:
    answer = client.request("HEAD", "/api/orders/unknown")

    assert (answer.status, answer.body) == (404, b"")
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize("sent", ["erp-7.2_A", "x" * 128])
def test_a_valid_request_id_is_echoed(client: Client, sent: str) -> None:
    answer = client.get("/nope", headers={"X-Request-Id": sent})

    assert answer.headers["x-request-id"] == sent
    assert answer.json["request_id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 129, "a b", "é", "<b>", "a\tb"])
def test_any_other_request_id_is_replaced(client: Client, sent: str) -> None:
    answer = client.get("/nope", headers={"X-Request-Id": sent})

    assert answer.headers["x-request-id"] not in ("", sent)
    assert answer.json["request_id"] == answer.headers["x-request-id"]


def test_every_answer_names_its_version(client: Client) -> None:
    for path in ("/nope", "/livez", "/api/orders", "/api/orders/unknown"):
        assert client.get(path).headers["x-expressb2b-version"] == "2026-03"


def test_a_resource_has_a_strong_tag_and_is_not_sent_twice(
    client: Client, customer: Customer
) -> None:
    placed = client.post("/api/orders", customer.order())
    path = placed.headers["location"]
    tag = client.get(path).headers["etag"]

    again = client.get(path, headers={"If-None-Match": tag})

    assert tag == placed.headers["etag"]
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == tag
    assert "content-type" not in again.headers
    client.post(f"{path}/cancel", {"reason": "x"})
    assert client.get(path, headers={"If-None-Match": tag}).status == 200


@pytest.mark.parametrize(
    ("change", "method"),
    [
        ("/api/orders/{order}/approve", "POST"),
        ("/api/orders/{order}/reject", "POST"),
        ("/api/orders/{order}/cancel", "POST"),
        ("/api/billing-accounts/{account}", "PATCH"),
        ("/api/sites/{site}", "PATCH"),
        ("/api/contacts/{contact}", "PATCH"),
        ("/api/products/NAP", "PUT"),
        ("/api/products/NAP", "DELETE"),
        ("/api/pricing-tiers/t", "PUT"),
        ("/api/pricing-tiers/t", "DELETE"),
    ],
)
def test_a_change_can_depend_on_what_was_read(
    client: Client, supervised: Customer, change: str, method: str
) -> None:
    client.put("/api/pricing-tiers/t", {"name": "T"})
    order = client.post("/api/orders", supervised.order()).json["id"]
    path = change.format(
        order=order,
        account=supervised.account_id,
        site=supervised.site_id,
        contact=supervised.buyer_id,
    )
    read_from = path.rsplit("/", 1)[0] if "/orders/" in path else path
    tag = client.get(read_from).headers["etag"]
    body = {"reason": "x"} if "/orders/" in path else {"name": "New"}
    body = {} if path.endswith("approve") else body

    def attempt(if_match: str) -> int:
        sent = None if method == "DELETE" else body
        return client.request(method, path, sent, headers={"If-Match": if_match}).status

    assert attempt('"other"') == 412
    assert attempt(f"W/{tag}") == 412
    assert attempt("nonsense") == 400
    assert attempt(f'"other", {tag}') in (200, 204)
    assert attempt(tag) in (404, 409, 412) or path == "/api/products/NAP"


def test_a_condition_that_no_change_heeds_is_refused(client: Client) -> None:
    headers = {"If-None-Match": "*"}

    assert client.put("/api/pricing-tiers/t", {"name": "T"}, headers=headers).status == 400
    assert client.get("/api/pricing-tiers/t").status == 404
    assert client.delete("/api/pricing-tiers/t", headers=headers).status == 400


def test_any_existing_resource_satisfies_the_asterisk(client: Client) -> None:
    headers = {"If-Match": "*"}

    assert client.put("/api/pricing-tiers/t", {"name": "T"}, headers=headers).status == 412
    client.put("/api/pricing-tiers/t", {"name": "T"})
    assert client.put("/api/pricing-tiers/t", {"name": "U"}, headers=headers).status == 200


def test_no_field_of_a_body_reaches_past_the_interface(client: Client, customer: Customer) -> None:
    order = client.post("/api/orders", customer.order()).json["id"]
    for field in ("self", "order_id", "if_match", "given", "version"):
        answer = client.post(f"/api/orders/{order}/cancel", {"reason": "x", field: ["*"]})

        assert answer.status == 422
        assert answer.pointers == {f"/{field}": "unknown_field"}


def test_all_field_errors_come_at_once(client: Client) -> None:
    body = {"site_id": 5, "items": [{"sku": " x", "qty": 0}, {"qty": True}], "nope": 1}

    answer = client.post("/api/orders", body)

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.pointers == {
        "/billing_account_id": "required",
        "/site_id": "invalid_format",
        "/items/0/sku": "invalid_format",
        "/items/0/qty": "out_of_range",
        "/items/1/sku": "required",
        "/items/1/qty": "wrong_type",
        "/nope": "unknown_field",
    }


@pytest.mark.parametrize("route", table.KEYED, ids=lambda route: route.name)
def test_an_unknown_parameter_is_refused_everywhere(client: Client, route: table.Route) -> None:
    path = route.path.replace("{", "x").replace("}", "x")

    answer = client.request(route.method, f"{path}?colour=red")

    assert answer.status == 422
    assert answer.pointers["?colour"] == "unknown_parameter"


@pytest.mark.parametrize("route", table.KEYED, ids=lambda route: route.name)
@pytest.mark.parametrize("query", ["q=%ff", "%00=1", "q=%00"])
def test_no_query_string_is_too_strange_to_be_refused(
    client: Client, route: table.Route, query: str
) -> None:
    path = route.path.replace("{", "x").replace("}", "x")

    assert client.request(route.method, f"{path}?{query}").status == 422


@pytest.mark.parametrize(
    "path",
    [
        "/api/orders/x",
        "/api/orders/01936B4A-2C5E-7A1F-9D83-E7F2C4A18B3D",
        "/api/orders/01936b4a-2c5e-7a1f-9d83-e7f2c4a18b3d",
        "/api/orders/%00",
        "/api/orders/%ff",
        "/api/orders/%0a",
        "/api/events/01936b4a-2c5e-7a1f-9d83-e7f2c4a18b3d",
        "/api/products/%ff",
        "/api/products/%00",
        "/api/products/%0a",
        "/api/products/" + "x" * 5000,
        "/api/pricing-tiers/%ED%A0%80",
        "/api/pricing-tiers/a%20b",
    ],
)
def test_what_cannot_be_an_identity_is_absent(client: Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status, answer.code) == (404, "not_found")
    assert answer.headers["x-ratelimit-remaining"] == "119"


def test_a_get_with_a_body_is_read_without_it(client: Client) -> None:
    assert client.request("GET", "/api/orders", raw=b"{").status == 200


def test_a_body_where_none_is_needed_may_be_absent(client: Client, supervised: Customer) -> None:
    order = client.post("/api/orders", supervised.order()).json["id"]

    assert client.post(f"/api/orders/{order}/approve").json["status"] == "approved"


def test_a_body_that_is_needed_and_absent_is_refused(client: Client) -> None:
    answer = client.post("/api/orders")

    assert (answer.status, answer.code) == (400, "invalid_json")


@pytest.mark.parametrize("body", ["[]", "5", "null", '"x"', "true"])
def test_a_body_is_an_object(client: Client, body: str) -> None:
    answer = client.post("/api/orders", raw=body.encode())

    assert answer.status == 422
    assert answer.pointers == {"": "wrong_type"}


def test_bodies_are_limited_and_plain_json(client: Client) -> None:
    huge = b" " * (2 * 1024 * 1024 + 1)
    text = {"Content-Type": "text/plain"}
    packed = {"Content-Encoding": "gzip"}

    assert client.post("/api/orders", raw=huge).code == "payload_too_large"
    assert client.post("/api/orders", raw=b"{}", headers=text).code == "unsupported_media_type"
    assert client.post("/api/orders", raw=b"{}", headers=packed).code == "unsupported_media_type"
    assert client.post("/api/orders", raw=b"{").code == "invalid_json"


def test_a_chunked_body_is_read(client: Client, customer: Customer) -> None:
    body = b'{"name": "T"}'
    chunked = {
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "CONTENT_TYPE": "application/json",
    }

    assert client.put("/api/pricing-tiers/t", environ=chunked).status == 201


def test_money_as_a_number_is_refused(client: Client) -> None:
    for number in (b"38", b"38.5", b"3850e-2"):
        body = b'{"sku": "x", "name": "x", "base_price": ' + number + b"}"

        answer = client.post("/api/products", raw=body)

        assert answer.pointers == {"/base_price": "invalid_money"}


def test_a_skus_slashes_are_part_of_it(client: Client, customer: Customer) -> None:
    made = client.put("/api/products/A%2FB%20%C3%A9", {"name": "x", "base_price": "2.00"})

    assert made.json["sku"] == "A/B é"
    assert made.headers["location"] == "/api/products/A%2FB%20%C3%A9"
    assert client.get("/api/products/A/B%20%C3%A9").json["sku"] == "A/B é"
    priced = client.get(
        f"/api/products/A%2FB%20%C3%A9/price?billing_account_id={customer.account_id}"
    )
    assert priced.json["unit_price"] == "2.00"


@pytest.mark.parametrize("sku", ["A/price", "/price", "A/B/price", "price/price", "A%2Fprice é"])
def test_a_sku_may_end_like_the_address_of_a_price(
    client: Client, customer: Customer, sku: str
) -> None:
    client.post("/api/products", {"sku": sku, "name": "x", "base_price": "2.00"})
    address = f"/api/products/{quote(sku, safe='')}"
    question = f"/price?billing_account_id={customer.account_id}"

    def sent(method: str, target: str, body: object = None) -> Answer:
        environ = {"REQUEST_URI": f"/shop{target}", "SCRIPT_NAME": "/shop"}
        return client.request(method, target, body, environ=environ)

    assert sent("GET", address).json["sku"] == sku
    assert sent("GET", address + question).json["sku"] == sku
    assert sent("PUT", address, {"name": "y"}).json["name"] == "y"
    assert sent("DELETE", address).status == 204


@pytest.mark.parametrize("sku", ["price", "bulk", "Aprice", "price/x"])
def test_a_sku_may_be_a_word_of_an_address(client: Client, customer: Customer, sku: str) -> None:
    path = f"/api/products/{sku}"
    client.post("/api/products", {"sku": sku, "name": "x", "base_price": "2.00"})

    priced = client.get(f"{path}/price?billing_account_id={customer.account_id}")

    assert (client.get(path).json["sku"], priced.json["sku"]) == (sku, sku)
    assert client.put(path, {"name": "y"}).status == 200
    assert client.delete(path).status == 204


def test_a_failure_says_only_its_request_id(
    b2b: ExpressB2B,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the password is hush")

    monkeypatch.setattr("expressb2b_core.services.orders.Orders.list", fail)
    with caplog.at_level(logging.ERROR, "expressb2b.api"):
        answer = client.get("/api/orders", headers={"X-Request-Id": "r-1"})

    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"hush" not in answer.body
    assert answer.json["request_id"] == "r-1"
    assert answer.headers["x-ratelimit-remaining"] == "119"
    assert "r-1" in caplog.text
    assert "hush" in caplog.text


def test_a_database_that_is_busy_is_worth_another_try(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StorageUnavailable("The database is busy; nothing was changed.")

    monkeypatch.setattr("expressb2b_core.services.orders.Orders.list", refuse)

    answer = client.get("/api/orders")

    assert (answer.status, answer.code) == (503, "storage_unavailable")
    assert answer.headers["retry-after"] == "2"


def test_below_a_prefix_links_keep_it(app: Application, shop: Workspace) -> None:
    client = Client(app, shop.keys.create("ERP").key)

    about = client.get("/api", environ={"SCRIPT_NAME": "/shop"}).json

    assert about["links"]["orders"] == "/shop/api/orders"
