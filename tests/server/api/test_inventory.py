from __future__ import annotations

from tests.client import Client
from tests.server.conftest import Customer


def test_levels_are_set_row_by_row(client: Client, customer: Customer) -> None:
    levels = [{"sku": "NAP", "on_hand": 7}, {"sku": "NONE", "on_hand": 1}, 5]

    answer = client.post("/api/inventory", {"levels": levels})

    assert [row["status"] for row in answer.json["data"]] == ["updated", "failed", "failed"]
    assert answer.json["meta"] == {
        "total": 3,
        "updated": 1,
        "unchanged": 0,
        "failed": 2,
        "stale": 0,
    }
    assert client.get("/api/products/NAP").json["inventory"]["available"] == 7


def test_an_older_count_is_stale(client: Client, customer: Customer) -> None:
    newer, older = "2026-03-15T12:00:00Z", "2026-03-15T11:00:00Z"
    client.post("/api/inventory", {"levels": [{"sku": "NAP", "on_hand": 7}], "as_of": newer})

    late = client.post("/api/inventory", {"levels": [{"sku": "NAP", "on_hand": 9}], "as_of": older})

    assert late.json["data"][0]["status"] == "stale"
    assert client.get("/api/products/NAP").json["inventory"]["on_hand"] == 7


def test_an_order_beyond_stock_is_told_what_there_is(client: Client, customer: Customer) -> None:
    client.post("/api/inventory", {"levels": [{"sku": "NAP", "on_hand": 3}]})

    refused = client.post("/api/orders", customer.order(qty=4))

    (error,) = refused.json["errors"]
    assert (error["pointer"], error["code"]) == ("/items/0/qty", "insufficient_stock")
    assert error["available"] == 3


def test_a_request_without_levels_is_refused(client: Client) -> None:
    assert client.post("/api/inventory", {}).pointers == {"/levels": "required"}
    wrong = client.post("/api/inventory", {"levels": [{"sku": "A", "on_hand": 1}], "as_of": "now"})
    assert list(wrong.pointers) == ["/as_of"]
