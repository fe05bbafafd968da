"""What the routes of orders add to the services: shapes, statuses, links."""

from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_server.app import create_app
from expressb2b_server.settings import Settings
from tests.client import Answer, Client
from tests.clocks import FakeClock
from tests.server.conftest import Customer


@pytest.fixture
def placed(client: Client, supervised: Customer) -> Answer:
    return client.post("/api/orders", supervised.order())


def test_an_order_is_placed_and_found_where_it_says(client: Client, placed: Answer) -> None:
    assert placed.status == 201
    assert placed.headers["location"] == f"/api/orders/{placed.json['id']}"
    assert client.get(placed.headers["location"]).body == placed.body


def test_a_page_shows_each_order_as_it_is_whatever_its_text(
    client: Client, supervised: Customer
) -> None:
    notes = ["Lager\nRampe 3", "Grüße – 到着, 🚚", 'a "quote", a \\ and \u2028', "}\\n{"]
    placed = [
        client.post("/api/orders", {**supervised.order(), "note": note}).json for note in notes
    ]

    whole = client.get("/api/orders?sort=created_at")
    first = client.get("/api/orders?sort=created_at&per_page=3")

    for one in placed:
        del one["approval_history"]
    assert whole.json["data"] == placed
    assert first.json["data"] == placed[:3]
    assert whole.body.startswith(first.body.partition(b'],"meta"')[0])


def test_the_key_stands_in_the_history(client: Client, shop: Workspace, placed: Answer) -> None:
    (entry,) = placed.json["approval_history"]

    assert entry["actor"] == {"type": "api_key", "id": shop.keys.get("ERP").id, "name": "ERP"}


def test_the_sample_of_the_product_page_comes_out_field_by_field(client: Client) -> None:
    sku = "NAP-LIN-WHT-200"
    client.put("/api/pricing-tiers/volume_b", {"name": "Volume B"})
    account = client.post(
        "/api/billing-accounts",
        {
            "name": "Midwest Restaurant Group",
            "pricing_tier": "volume_b",
            "sites": [{"name": "Chicago — Loop"}],
            "approval": {"levels": [{"name": "manager", "min_total": "100.00"}]},
        },
    ).json
    client.post(
        "/api/products",
        {
            "sku": sku,
            "name": "Linen napkin",
            "base_price": "41.00",
            "pricing": [
                {"tier": "volume_b", "price": "34.00"},
                {"billing_account_id": account["id"], "price": "38.50"},
            ],
        },
    )
    site = account["sites"][0]
    placed = client.post(
        "/api/orders",
        {
            "billing_account_id": account["id"],
            "site_id": site["id"],
            "items": [{"sku": sku, "qty": 4}],
        },
    ).json

    listed = client.get("/api/orders").json
    order = listed["data"][0]

    assert listed["meta"] == {"total": 1, "per_page": 25, "next_cursor": None}
    assert order["id"] == placed["id"]
    assert order["status"] == "pending_approval"
    assert order["billing_account"] == {
        "id": account["id"],
        "name": "Midwest Restaurant Group",
        "pricing_tier": "volume_b",
    }
    assert order["site"] == {"id": site["id"], "name": "Chicago — Loop"}
    assert order["items"][0]["unit_price"] == "38.50"
    assert order["items"][0]["line_total"] == order["subtotal"] == "154.00"
    assert order["items"][0]["price"] == {
        "source": "account",
        "tier": None,
        "min_qty": 1,
        "base_price": "41.00",
    }
    assert order["created_at"] == "2026-03-15T14:32:07Z"
    assert "approval_history" not in order
    assert "approval_history" in client.get(f"/api/orders/{order['id']}").json


def test_an_order_goes_its_way(client: Client, placed: Answer) -> None:
    path = placed.headers["location"]

    assert client.post(f"{path}/approve", {"comment": "fine"}).json["status"] == "approved"
    shipped = client.post(f"{path}/fulfill", {"tracking": "1Z"})
    assert shipped.json["status"] == "fulfilled"
    refused = client.post(f"{path}/cancel", {"reason": "late"})
    assert (refused.status, refused.code) == (409, "invalid_transition")
    assert refused.json["current_status"] == "fulfilled"
    assert refused.json["allowed_actions"] == []


def test_an_order_is_rejected_with_a_reason(client: Client, placed: Answer) -> None:
    path = placed.headers["location"]

    assert client.post(f"{path}/reject").status == 400
    assert client.post(f"{path}/reject", {}).pointers == {"/reason": "required"}
    assert client.post(f"{path}/reject", {"reason": "no"}).json["status"] == "rejected"


def test_who_may_not_approve_is_told_why(
    client: Client, placed: Answer, supervised: Customer
) -> None:
    refused = client.post(
        f"{placed.headers['location']}/approve", {"approver_id": supervised.buyer_id}
    )

    assert (refused.status, refused.code) == (403, "not_an_approver")
    assert refused.json["reason"] == "no_role"


def test_a_quote_writes_nothing(client: Client, supervised: Customer) -> None:
    quoted = client.post("/api/orders/quote", supervised.order())

    assert quoted.status == 200
    assert quoted.json["total"] == "154.00"
    assert quoted.json["approval"]["levels"][0]["eligible"] == [
        {"id": supervised.approver_id, "name": "Ana"}
    ]
    assert client.get("/api/orders").json["meta"]["total"] == 0


def test_a_quote_needs_to_read_only_and_counts_as_a_write(
    client: Client, shop: Workspace, supervised: Customer
) -> None:
    reader = client.with_key(shop.keys.create("reader", scopes=["orders:read"]).key)

    quoted = reader.post("/api/orders/quote", supervised.order())

    assert quoted.status == 200
    assert quoted.headers["ratelimit"].startswith('"write"')
    assert reader.post("/api/orders", supervised.order()).status == 403


def test_the_proof_of_prices_is_there(client: Client, placed: Answer) -> None:
    proof = client.get(f"{placed.headers['location']}/pricing").json

    assert proof["order_id"] == placed.json["id"]
    assert proof["items"][0]["candidates"][0]["verdict"] == "won"


def test_an_unexpected_price_names_both(client: Client, customer: Customer) -> None:
    body = customer.order()
    body["items"] = [{"sku": "NAP", "qty": 4, "expected_unit_price": "38.00"}]

    refused = client.post("/api/orders", body)

    assert (refused.status, refused.code) == (409, "price_changed")
    (error,) = refused.json["errors"]
    assert (error["expected"], error["actual"]) == ("38.00", "38.50")


def test_an_external_id_is_taken_once(client: Client, customer: Customer) -> None:
    first = client.post("/api/orders", customer.order(external_id="E-1")).json

    refused = client.post("/api/orders", customer.order(external_id="E-1"))

    assert (refused.status, refused.code) == (409, "already_exists")
    assert refused.json["id"] == first["id"]


def place_some(client: Client, customer: Customer, clock: FakeClock, count: int) -> list[str]:
    ids = []
    for _ in range(count):
        ids.append(client.post("/api/orders", customer.order()).json["id"])
        clock.advance(1)
    return ids[::-1]


def test_a_walk_follows_the_links_to_the_end(
    client: Client, customer: Customer, clock: FakeClock
) -> None:
    ids = place_some(client, customer, clock, 5)
    found, target, pages = [], "/api/orders?status=approved&per_page=2", []
    while target:
        page = client.get(target)
        pages.append(page.json["meta"])
        found += [order["id"] for order in page.json["data"]]
        link = page.headers.get("link", "")
        assert not link or link.endswith('>; rel="next"')
        target = link.partition(">")[0][1:]

    assert found == ids
    assert [meta["total"] for meta in pages] == [5, 5, 5]
    assert pages[-1]["next_cursor"] is None
    assert "page" not in pages[0]


def test_pages_by_number_go_on_by_number(
    client: Client, customer: Customer, clock: FakeClock
) -> None:
    ids = place_some(client, customer, clock, 3)

    page = client.get("/api/orders?page=2&per_page=1")

    assert [order["id"] for order in page.json["data"]] == [ids[1]]
    assert page.json["meta"]["page"] == 2
    assert page.headers["link"] == '</api/orders?per_page=1&page=3>; rel="next"'


def test_a_page_too_deep_names_the_cursor(client: Client) -> None:
    refused = client.get("/api/orders?page=101&per_page=100")

    assert (refused.status, refused.code) == (422, "page_too_deep")
    assert "cursor" in refused.json["detail"]


def test_a_cursor_of_another_list_is_refused(
    client: Client, customer: Customer, clock: FakeClock
) -> None:
    place_some(client, customer, clock, 2)
    cursor = client.get("/api/orders?per_page=1").json["meta"]["next_cursor"]

    for target in (
        f"/api/orders?per_page=1&status=approved&cursor={cursor}",
        f"/api/orders?sort=created_at&cursor={cursor}",
        f"/api/products?cursor={cursor}",
        "/api/orders?cursor=nonsense",
        "/api/orders?cursor=%C3%A9",
    ):
        assert client.get(target).code == "invalid_cursor", target
    both = client.get(f"/api/orders?page=1&cursor={cursor}")
    assert both.pointers == {"?page": "conflicting"}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("per_page=0", "?per_page"),
        ("per_page=101", "?per_page"),
        ("per_page=ten", "?per_page"),
        ("page=0", "?page"),
        ("status=lost", "?status"),
        ("status=", "?status"),
        ("status=approved&status=rejected", "?status"),
        ("created_from=2026-03-15T14:32:07", "?created_from"),
        ("site_id=x", "?site_id"),
        ("sort=total", "?sort"),
    ],
)
def test_a_misunderstood_filter_never_returns_everything(
    client: Client, query: str, pointer: str
) -> None:
    answer = client.get(f"/api/orders?{query}")

    assert answer.status == 422
    assert list(answer.pointers) == [pointer]


def test_links_are_absolute_where_the_public_address_is_set(
    b2b: ExpressB2B, client: Client, customer: Customer
) -> None:
    settings = Settings(public_url="https://orders.example.com")
    public = Client(create_app(b2b, settings), client.key)

    placed = public.post("/api/orders", customer.order())
    public.post("/api/orders", customer.order())
    listed = public.get("/api/orders?per_page=1")

    assert placed.headers["location"].startswith("https://orders.example.com/api/orders/")
    assert listed.headers["link"].startswith("<https://orders.example.com/api/orders?per_page=1&")
