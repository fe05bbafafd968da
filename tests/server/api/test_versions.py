"""The mechanism of versions, proven by an older one that exists in this test only.

`2026-01` calls an order's `po_number` `po`: in requests, in filters, in answers and in events.
It calls a product's `name` `title`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.rules.versions import FIRST, Resource, Version, Versions
from expressb2b_server.app import Application, create_app
from tests.client import Client
from tests.clocks import FakeClock
from tests.server.conftest import SECRET, Customer

OLD = {"X-ExpressB2B-Version": "2026-01"}


def renamed(old: str, new: str, resource: Resource) -> Resource:
    return {new if name == old else name: value for name, value in resource.items()}


VERSIONS = Versions(
    [
        Version(
            "2026-01",
            "2026-01-15",
            deprecated_on="2026-03-01",
            sunset_on="2027-03-01",
            requests={
                "order": lambda body: renamed("po", "po_number", body),
                "order_query": lambda query: renamed("po", "po_number", query),
                "product": lambda body: renamed("title", "name", body),
            },
            responses={
                "order": lambda order: renamed("po_number", "po", order),
                "product": lambda product: renamed("name", "title", product),
            },
        ),
        Version(FIRST, "2026-03-01"),
    ]
)


@pytest.fixture
def b2b(clock: FakeClock) -> Iterator[ExpressB2B]:
    with ExpressB2B("sqlite:///:memory:", secret=SECRET, clock=clock, versions=VERSIONS) as opened:
        yield opened


def place(client: Client, customer: Customer) -> str:
    body = customer.order(po="PO-1")
    return str(client.post("/api/orders", body, headers=OLD).json["id"])


def test_a_request_and_its_answer_speak_the_old_version(client: Client, customer: Customer) -> None:
    answer = client.post("/api/orders", customer.order(po="PO-1"), headers=OLD)

    assert answer.status == 201
    assert answer.json["po"] == "PO-1"
    assert "po_number" not in answer.json
    assert answer.headers["x-expressb2b-version"] == "2026-01"


def test_detail_list_and_change_are_taken_back(client: Client, customer: Customer) -> None:
    order = place(client, customer)

    detail = client.get(f"/api/orders/{order}", headers=OLD).json
    listed = client.get("/api/orders", headers=OLD).json
    cancelled = client.post(f"/api/orders/{order}/cancel", {"reason": "x"}, headers=OLD).json

    assert [found["po"] for found in (detail, listed["data"][0], cancelled)] == ["PO-1"] * 3
    assert listed["meta"]["total"] == 1


def test_a_filter_has_its_old_name(client: Client, customer: Customer) -> None:
    place(client, customer)

    found = client.get("/api/orders?po=PO-1&per_page=1", headers=OLD)

    assert found.json["meta"]["total"] == 1
    assert client.get("/api/orders?po=PO-2", headers=OLD).json["meta"]["total"] == 0
    assert client.get("/api/orders?po=a&po=b", headers=OLD).status == 422


def test_the_records_of_a_bulk_are_products(client: Client) -> None:
    sent = {"products": [{"sku": "A", "title": "Apron"}, None, {"sku": "B", "title": 1}]}

    answer = client.post("/api/products/bulk", sent, headers=OLD)

    assert [row["status"] for row in answer.json["data"]] == ["created", "failed", "failed"]
    assert client.get("/api/products/A", headers=OLD).json["title"] == "Apron"
    assert client.post("/api/products/bulk", {"products": 1}, headers=OLD).status == 422


def test_an_events_order_is_an_order_and_its_bytes_are_untouched(
    client: Client, customer: Customer
) -> None:
    place(client, customer)

    event = client.get("/api/events", headers=OLD).json["data"][0]
    one = client.get(f"/api/events/{event['id']}", headers=OLD).json
    raw = client.get(f"/api/events/{event['id']}/raw", headers=OLD).json

    assert event["data"]["order"]["po"] == "PO-1"
    assert one == event
    assert raw["data"]["order"]["po_number"] == "PO-1"


def test_the_newest_version_knows_nothing_of_the_old_name(
    client: Client, customer: Customer
) -> None:
    order = place(client, customer)

    assert client.get(f"/api/orders/{order}").json["po_number"] == "PO-1"
    assert client.post("/api/orders", customer.order(po="x")).pointers == {"/po": "unknown_field"}
    assert client.get("/api/orders?po=x").pointers == {"?po": "unknown_parameter"}


def test_each_version_has_its_own_tag_and_either_guards_a_change(
    client: Client, customer: Customer
) -> None:
    path = f"/api/orders/{place(client, customer)}"
    old, new = (client.get(path, headers=headers).headers["etag"] for headers in (OLD, {}))

    assert old == new[:-1] + '.2026-01"'
    assert client.get(path, headers={**OLD, "If-None-Match": old}).status == 304
    assert client.get(path, headers={"If-None-Match": old}).status == 200
    guarded = client.post(f"{path}/cancel", {"reason": "x"}, headers={**OLD, "If-Match": old})
    assert guarded.status == 200


def test_a_key_is_pinned_to_its_version(
    app: Application, shop: Workspace, customer: Customer
) -> None:
    client = Client(app, shop.keys.create("old", version="2026-01").key)

    answer = client.post("/api/orders", customer.order(po="PO-1"))

    assert answer.json["po"] == "PO-1"
    assert answer.headers["x-expressb2b-version"] == "2026-01"
    newest = client.get("/api/orders", headers={"X-ExpressB2B-Version": FIRST})
    assert newest.json["data"][0]["po_number"] == "PO-1"


def test_a_repeat_is_answered_in_the_version_of_the_first(
    client: Client, customer: Customer
) -> None:
    key = {"Idempotency-Key": "k"}
    first = client.post("/api/orders", customer.order(), headers={**OLD, **key})

    again = client.post("/api/orders", customer.order(), headers=key)

    assert again.body == first.body
    assert again.headers["x-expressb2b-version"] == "2026-01"
    assert again.headers["etag"] == first.headers["etag"]


def test_a_deprecated_version_says_when_it_ends(client: Client) -> None:
    old, new = client.get("/api/orders", headers=OLD), client.get("/api/orders")

    assert old.headers["deprecation"] == "@1772323200"
    assert old.headers["sunset"] == "Mon, 01 Mar 2027 00:00:00 GMT"
    assert not {"deprecation", "sunset"} & set(new.headers)


def test_versions_are_listed_without_a_key(b2b: ExpressB2B) -> None:
    listed = Client(create_app(b2b)).get("/api/versions", headers={"X-ExpressB2B-Version": "?"})

    assert listed.json == {
        "data": [
            {
                "version": "2026-01",
                "state": "deprecated",
                "released_on": "2026-01-15",
                "deprecated_on": "2026-03-01",
                "sunset_on": "2027-03-01",
            },
            {
                "version": "2026-03",
                "state": "supported",
                "released_on": "2026-03-01",
                "deprecated_on": None,
                "sunset_on": None,
            },
        ],
        "meta": {"newest": "2026-03"},
    }


def test_both_are_offered_to_whoever_asks_for_another(client: Client) -> None:
    answer = client.get("/api/orders", headers={"X-ExpressB2B-Version": "2025-12"})

    assert answer.json["supported"] == ["2026-01", "2026-03"]
