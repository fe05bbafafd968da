"""Nobody reaches another workspace: every route, with own, foreign and absent ids.

A new route fails here until it has a row in `PROBES`.
"""

from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_server.api import table
from tests.client import Client
from tests.server.api.belonging import NOTHING, PROBES, Send, Things, comparable, stock

CASES = [
    pytest.param(send, id=f"{name}-{number}")
    for name, sends in PROBES.items()
    for number, send in enumerate(sends)
]


@pytest.fixture
def own(shop: Workspace) -> Things:
    return stock(shop, "own")


@pytest.fixture
def theirs(stranger: Workspace) -> Things:
    return stock(stranger, "their")


def test_every_route_has_its_row() -> None:
    assert set(PROBES) == {route.name for route in table.KEYED}


@pytest.mark.parametrize("send", CASES)
def test_foreign_and_absent_cannot_be_told_apart(
    client: Client, own: Things, theirs: Things, send: Send
) -> None:
    foreign = send(client, theirs, own)
    absent = send(client, NOTHING, own)

    assert comparable(foreign, theirs) == comparable(absent, NOTHING)
    assert foreign.status in (200, 400, 404, 422)
    if foreign.status == 200:
        found = foreign.json
        assert not found["data"] or found["meta"].get("failed") == 1, found


@pytest.mark.parametrize("send", CASES)
def test_ones_own_can_be_reached(client: Client, own: Things, send: Send) -> None:
    answer = send(client, own, own)

    # What the rules say of it is another matter; it is there.
    assert answer.status in (200, 201, 202, 204, 409), answer.body


@pytest.mark.parametrize("route", table.KEYED, ids=lambda route: route.name)
def test_no_answer_names_what_is_anothers(
    client: Client, own: Things, theirs: Things, route: table.Route
) -> None:
    path = route.path.format(id=own.order, sku=own.sku, code=own.tier)

    answer = client.request(route.method, path, {} if route.takes_body else None)

    for mark in theirs.marks:
        assert mark.encode() not in answer.body


@pytest.mark.parametrize("route", table.KEYED, ids=lambda route: route.name)
def test_without_a_valid_key_nothing_is_answered(
    client: Client, shop: Workspace, own: Things, route: table.Route
) -> None:
    revoked = shop.keys.create("revoked")
    shop.keys.revoke(revoked.id)
    path = route.path.format(id=own.order, sku=own.sku, code=own.tier)

    for key in (None, revoked.key):
        answer = client.with_key(key).request(route.method, path)
        assert answer.status == 401
