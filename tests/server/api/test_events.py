from __future__ import annotations

import json

import pytest

from tests.client import Client
from tests.server.conftest import Customer


@pytest.fixture
def feed(client: Client, customer: Customer) -> Client:
    """Two orders, approved at once: four events."""
    for _ in range(2):
        client.post("/api/orders", customer.order())
    return client


def test_events_come_in_order_and_say_where_to_go_on(feed: Client) -> None:
    answer = feed.get("/api/events").json

    assert [event["seq"] for event in answer["data"]] == [1, 2, 3, 4]
    assert [event["event"] for event in answer["data"]] == ["order.placed", "order.approved"] * 2
    assert set(answer["data"][0]) == {"seq", "id", "event", "created_at", "data"}
    assert answer["meta"] == {"next_after": 4}


def test_a_reader_goes_on_from_the_last_it_saw(feed: Client) -> None:
    first = feed.get("/api/events?per_page=3")
    rest = feed.get(f"/api/events?after={first.json['meta']['next_after']}")

    assert first.headers["link"] == '</api/events?per_page=3&after=3>; rel="next"'
    assert [event["seq"] for event in rest.json["data"]] == [4]
    assert "link" not in rest.headers
    assert feed.get("/api/events?after=4").json == {"data": [], "meta": {"next_after": 4}}


def test_only_the_wanted_types_are_told(feed: Client) -> None:
    found = feed.get("/api/events?types=order.approved,order.cancelled&per_page=1")

    assert [event["seq"] for event in found.json["data"]] == [2]
    assert "types=order.approved%2Corder.cancelled" in found.headers["link"]
    assert feed.get("/api/events?types=order.lost").pointers == {"?types": "invalid_choice"}


def test_one_event_and_the_bytes_that_were_signed(feed: Client) -> None:
    listed = feed.get("/api/events").json["data"][0]

    one = feed.get(f"/api/events/{listed['id']}")
    raw = feed.get(f"/api/events/{listed['id']}/raw")

    assert one.json == listed
    assert raw.headers["content-type"] == "application/json"
    assert json.loads(raw.body) == {name: listed[name] for name in listed if name != "seq"}
    assert raw.body.startswith(b'{"event":"order.placed","id":"wh_')


def test_an_event_that_is_not_there(client: Client) -> None:
    absent = "wh_01936b4a-2c5e-7a1f-9d83-e7f2c4a18b3d"

    assert client.get(f"/api/events/{absent}").status == 404
    assert client.get(f"/api/events/{absent}/raw").status == 404
