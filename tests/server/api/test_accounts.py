from __future__ import annotations

from tests.client import Client
from tests.server.conftest import Customer


def test_an_account_is_made_changed_and_listed(client: Client) -> None:
    made = client.post("/api/billing-accounts", {"name": "Midwest", "sites": [{"name": "Loop"}]})

    assert made.status == 201
    assert made.json["sites_count"] == 1
    path = made.headers["location"]
    changed = client.patch(path, {"active": False})
    assert changed.json["active"] is False
    assert client.get(path).body == changed.body
    assert client.get("/api/billing-accounts?q=mid&active=false").json["meta"]["total"] == 1


def test_an_external_id_that_exists_updates(client: Client) -> None:
    first = client.post("/api/billing-accounts", {"name": "A", "external_id": "E-1"})
    again = client.post("/api/billing-accounts", {"name": "B", "external_id": "E-1"})

    assert (first.status, again.status) == (201, 200)
    assert again.json["id"] == first.json["id"]
    assert again.json["name"] == "B"


def test_an_update_by_external_id_can_depend_on_what_was_read(client: Client) -> None:
    account = {"name": "A", "external_id": "E-1"}
    tag = client.post("/api/billing-accounts", account).headers["etag"]

    def attempt(name: str, if_match: str) -> int:
        sent = {"name": name, "external_id": "E-1"}
        return client.post("/api/billing-accounts", sent, headers={"If-Match": if_match}).status

    assert attempt("B", '"other"') == 412
    assert attempt("C", tag) == 200
    assert attempt("D", tag) == 412


def test_sites_are_added_read_and_changed(client: Client, customer: Customer) -> None:
    made = client.post(f"/api/billing-accounts/{customer.account_id}/sites", {"name": "River"})

    assert made.status == 201
    path = made.headers["location"]
    assert client.get(path).body == made.body
    assert client.patch(path, {"active": False}).json["active"] is False
    account = client.get(f"/api/billing-accounts/{customer.account_id}").json
    assert account["sites_count"] == 2


def test_people_are_added_listed_and_changed(client: Client, customer: Customer) -> None:
    people = f"/api/billing-accounts/{customer.account_id}/contacts"
    made = client.post(people, {"name": "Cy", "email": "cy@example.com", "roles": ["buyer"]})

    assert made.status == 201
    path = made.headers["location"]
    assert client.get(path).body == made.body
    assert client.patch(path, {"roles": []}).json["roles"] == []
    assert client.get(people).json["meta"]["total"] == 3
    assert client.get(f"{people}?per_page=2").json["meta"]["next_cursor"] is not None


def test_people_of_an_account_that_is_not_there_are_not_there(client: Client) -> None:
    absent = "01936b4a-2c5e-7a1f-9d83-e7f2c4a18b3d"

    for target in (f"/api/billing-accounts/{absent}/contacts", f"/api/billing-accounts/{absent}"):
        assert client.get(target).status == 404
    assert client.post(f"/api/billing-accounts/{absent}/sites", {"name": "x"}).status == 404
