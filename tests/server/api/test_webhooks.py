from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from tests.client import Client
from tests.server.conftest import Customer

PUBLIC = {"url": "https://93.184.216.34/hooks", "events": ["order.placed", "order.approved"]}


def registered(client: Client, **more: object) -> dict[str, str]:
    found: dict[str, str] = client.post("/api/webhooks", PUBLIC | more).json
    return found


def test_registering_shows_the_secret_once(client: Client) -> None:
    made = client.post("/api/webhooks", PUBLIC)

    assert made.status == 201
    assert made.json["secret"].startswith("whsec_")
    read = client.get(made.headers["location"])
    assert "secret" not in read.json
    assert read.headers["etag"] == made.headers["etag"]
    assert made.headers["x-ratelimit-limit"] == "10"
    assert [row["id"] for row in client.get("/api/webhooks").json["data"]] == [made.json["id"]]


def test_a_repeated_registration_gets_the_same_answer_and_stores_no_secret(
    client: Client, b2b: ExpressB2B
) -> None:
    headers = {"Idempotency-Key": "one"}

    first = client.post("/api/webhooks", PUBLIC, headers=headers)
    again = client.post("/api/webhooks", PUBLIC, headers=headers)

    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    stored = b2b.runtime.database.run_sql("SELECT body FROM idempotent_replies")
    assert len(stored) == 1
    assert "whsec_" not in stored[0][0]


def test_a_repeated_rotation_gets_the_secret_of_that_rotation(client: Client) -> None:
    path = f"/api/webhooks/{registered(client)['id']}/rotate-secret"

    first = client.post(path, {}, headers={"Idempotency-Key": "one"})
    client.post(path, {})
    again = client.post(path, {}, headers={"Idempotency-Key": "one"})

    assert again.json["secret"] == first.json["secret"]
    assert first.json["old_secret_until"] == "2026-03-16T14:32:07Z"


def test_a_rotation_can_depend_on_what_was_read(client: Client) -> None:
    endpoint = client.post("/api/webhooks", PUBLIC)
    path, tag = f"/api/webhooks/{endpoint.json['id']}/rotate-secret", endpoint.headers["etag"]

    def attempt(if_match: str) -> int:
        return client.post(path, headers={"If-Match": if_match}).status

    assert attempt('"other"') == 412
    assert attempt(tag) == 200
    assert attempt(tag) == 412


def test_a_redelivery_can_depend_on_what_was_read(client: Client) -> None:
    test = client.post(f"/api/webhooks/{registered(client)['id']}/test").json
    tag = client.get(f"/api/deliveries/{test['id']}").headers["etag"]

    def attempt(if_match: str) -> int:
        path = f"/api/deliveries/{test['id']}/redeliver"
        return client.post(path, headers={"If-Match": if_match}).status

    assert attempt('"other"') == 412
    assert attempt(tag) == 202


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/x",
        "https://127.0.0.1/x",
        "https://10.1.2.3/x",
        "https://169.254.169.254/latest",
        "https://[::ffff:127.0.0.1]/",
        "https://0x7f000001/",
        "https://user:secret@example.com/",
        "ftp://example.com/",
        "example.com",
    ],
)
def test_urls_that_are_not_allowed_say_so(client: Client, url: str) -> None:
    answer = client.post("/api/webhooks", PUBLIC | {"url": url})

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.pointers == {"/url": "webhook_url_not_allowed"}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"events": []}, "/events"),
        ({"events": ["order.paid"]}, "/events/0"),
        ({"events": ["*", "*"]}, "/events/1"),
        ({"secret": "mine"}, "/secret"),
    ],
)
def test_wrong_fields_are_named(client: Client, fields: dict[str, object], pointer: str) -> None:
    answer = client.post("/api/webhooks", PUBLIC | fields)

    assert answer.status == 422
    assert list(answer.pointers) == [pointer]


def test_an_endpoint_is_changed_disabled_and_removed(client: Client) -> None:
    path = f"/api/webhooks/{registered(client)['id']}"

    changed = client.patch(path, {"events": ["*"], "status": "disabled", "description": "ERP"})

    assert changed.json["events"] == ["*"]
    assert (changed.json["status"], changed.json["disabled_reason"]) == ("disabled", "owner")
    assert client.post(f"{path}/test", {}).code == "endpoint_disabled"
    assert client.patch(path, {"status": "enabled"}).json["disabled_reason"] is None
    assert client.delete(path).status == 204
    assert client.get(path).status == 404


def test_a_stale_change_is_refused(client: Client) -> None:
    made = client.post("/api/webhooks", PUBLIC)
    path = made.headers["location"]
    held = {"If-Match": made.headers["etag"]}
    client.patch(path, {"description": "changed"})

    assert client.patch(path, {"description": "x"}, headers=held).status == 412
    assert client.delete(path, headers=held).status == 412


def test_an_order_queues_deliveries_that_can_be_seen_and_repeated(
    client: Client, shop: Workspace, customer: Customer
) -> None:
    endpoint = registered(client, events=["order.placed"])["id"]
    client.post("/api/orders", customer.order())

    listed = client.get(f"/api/webhooks/{endpoint}/deliveries?status=pending").json

    assert listed["meta"]["total"] == 1
    delivery = listed["data"][0]
    assert (delivery["event"], delivery["webhook_id"]) == ("order.placed", endpoint)
    one = client.get(f"/api/deliveries/{delivery['id']}")
    assert one.json == delivery | {"attempts": []}
    again = client.post(f"/api/deliveries/{delivery['id']}/redeliver", {})
    assert (again.status, again.json["status"]) == (202, "pending")


def test_a_test_event_goes_to_one_endpoint_alone_and_stands_in_no_feed(client: Client) -> None:
    endpoint, other = registered(client)["id"], registered(client)["id"]

    queued = client.post(f"/api/webhooks/{endpoint}/test", {})

    assert (queued.status, queued.json["event"]) == (202, "webhook.test")
    assert client.get(f"/api/webhooks/{other}/deliveries").json["meta"]["total"] == 0
    assert client.get("/api/events").json["data"] == []


def test_a_period_is_replayed_also_to_an_endpoint_registered_later(
    client: Client, customer: Customer
) -> None:
    client.post("/api/orders", customer.order())
    endpoint = registered(client, events=["order.placed"])["id"]

    queued = client.post(f"/api/webhooks/{endpoint}/replay", {"since": "2026-03-15"})
    nothing = client.post(
        f"/api/webhooks/{endpoint}/replay", {"since": "2026-03-15", "failed_only": True}
    )

    assert (queued.status, queued.json) == (202, {"queued": 1})
    assert nothing.json == {"queued": 0}


def test_registrations_have_a_limit_of_their_own(client: Client) -> None:
    answers = [client.post("/api/webhooks", PUBLIC) for _ in range(11)]

    assert [answer.status for answer in answers] == [201] * 10 + [429]
    assert client.post("/api/products", {"sku": "A", "name": "A"}).status == 201
