from __future__ import annotations

import pytest

from tests.client import Client
from tests.server.conftest import Customer


def test_an_upsert_tells_whether_it_created(client: Client) -> None:
    first = client.post("/api/products", {"sku": "A", "name": "A", "base_price": "1.00"})
    again = client.post("/api/products", {"sku": "A", "base_price": "2.00"})

    assert (first.status, first.headers["location"]) == (201, "/api/products/A")
    assert again.status == 200
    assert "location" not in again.headers
    assert again.json["name"] == "A"
    assert again.json["base_price"] == "2.00"


def test_an_upsert_can_depend_on_what_was_read(client: Client) -> None:
    tag = client.post("/api/products", {"sku": "A", "name": "A"}).headers["etag"]

    def attempt(name: str, if_match: str, sku: str = "A") -> int:
        sent = {"sku": sku, "name": name}
        return client.post("/api/products", sent, headers={"If-Match": if_match}).status

    assert attempt("B", '"other"') == 412
    assert attempt("B", tag, sku="NEW") == 412
    assert attempt("C", tag) == 200
    assert attempt("D", tag) == 412
    assert client.get("/api/products/A").json["name"] == "C"


def test_put_is_the_same_with_the_sku_in_the_path(client: Client) -> None:
    assert client.put("/api/products/A", {"name": "A"}).status == 201
    assert client.put("/api/products/A", {"name": "B", "sku": "A"}).status == 200

    refused = client.put("/api/products/A", {"name": "C", "sku": "B"})

    assert refused.pointers == {"/sku": "conflicting"}
    assert client.get("/api/products/A").json["name"] == "B"
    assert client.get("/api/products/B").status == 404


def test_a_sku_that_cannot_be_is_refused_by_put(client: Client) -> None:
    assert client.put(f"/api/products/{'x' * 65}", {"name": "A"}).pointers == {
        "/sku": "invalid_length"
    }


def test_an_archived_product_can_be_read_and_not_ordered(
    client: Client, customer: Customer
) -> None:
    gone = client.delete("/api/products/NAP")

    assert (gone.status, gone.body) == (204, b"")
    assert "content-length" not in gone.headers
    assert client.get("/api/products/NAP").json["active"] is False
    assert client.post("/api/orders", customer.order()).pointers == {
        "/items/0/sku": "inactive_product"
    }
    assert client.delete("/api/products/NEVER").status == 404


def test_bulk_has_a_result_for_each_record(client: Client) -> None:
    client.post("/api/products", {"sku": "OLD", "name": "Old"})
    records = [
        {"sku": "NEW", "name": "New"},
        {"sku": "OLD", "name": "Older"},
        {"sku": "OLD2"},
        "not an object",
        {"sku": "TWICE", "name": "T"},
        {"sku": "TWICE", "name": "T"},
        {"sku": "X", "name": "X", "base_price": 1.5, "nope": 1},
    ]

    answer = client.post("/api/products/bulk", {"products": records})

    assert answer.status == 200
    rows = answer.json["data"]
    assert [row["index"] for row in rows] == list(range(7))
    assert [row["status"] for row in rows] == [
        "created",
        "updated",
        "failed",
        "failed",
        "failed",
        "failed",
        "failed",
    ]
    assert {error["pointer"] for error in rows[6]["errors"]} == {"/base_price", "/nope"}
    assert answer.json["meta"] == {
        "total": 7,
        "created": 1,
        "updated": 1,
        "unchanged": 0,
        "failed": 5,
    }


def test_an_atomic_bulk_is_all_or_nothing(client: Client) -> None:
    records = [{"sku": "A", "name": "A"}, {"sku": "B"}]

    refused = client.post("/api/products/bulk", {"products": records, "atomic": True})

    assert (refused.status, refused.code) == (422, "validation_failed")
    assert list(refused.pointers) == ["/products/1/name"]
    assert client.get("/api/products").json["meta"]["total"] == 0


def test_five_hundred_are_taken_and_one_more_is_not(client: Client) -> None:
    records = [{"sku": f"S{number}", "name": "S"} for number in range(501)]

    refused = client.post("/api/products/bulk", {"products": records})
    assert (refused.status, refused.code) == (422, "too_many_records")
    assert client.get("/api/products").json["meta"]["total"] == 0

    taken = client.post("/api/products/bulk", {"products": records[:500]})
    assert taken.json["meta"]["created"] == 500


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/products": "required"}),
        ({"products": None}, {"/products": "wrong_type"}),
        ({"products": {}}, {"/products": "wrong_type"}),
        ({"products": []}, {"/products": "invalid_length"}),
        ({"products": [{"sku": "A"}], "atomic": "yes"}, {"/atomic": "wrong_type"}),
        ({"products": [{"sku": "A"}], "self": 1}, {"/self": "unknown_field"}),
    ],
)
def test_a_bulk_request_that_is_none_is_refused(
    client: Client, body: object, pointers: dict[str, str]
) -> None:
    answer = client.post("/api/products/bulk", body)

    assert answer.status == 422
    assert answer.pointers.items() >= pointers.items()


def test_a_price_is_explained(client: Client, customer: Customer) -> None:
    target = f"/api/products/NAP/price?billing_account_id={customer.account_id}&qty=4"

    answer = client.get(target)

    assert answer.json["line_total"] == "154.00"
    assert answer.json["candidates"][0]["verdict"] == "won"
    assert client.get("/api/products/NAP/price").pointers == {"?billing_account_id": "required"}
    assert client.get(target.replace("NAP", "NONE")).status == 404


def test_products_are_searched(client: Client) -> None:
    client.post("/api/products/bulk", {"products": [{"sku": s, "name": s} for s in ("AB", "BC")]})

    assert [row["sku"] for row in client.get("/api/products?q=a").json["data"]] == ["AB"]
    assert client.get("/api/products?sort=-updated_at&active=true").json["meta"]["total"] == 2
