"""Changes that have begun before the first of them is answered, as our own server calls them."""

from __future__ import annotations

from expressb2b_core import ExpressB2B
from tests.client import Client
from tests.server.conftest import Customer


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


def orders(client: Client) -> int:
    return int(client.get("/api/orders").json["meta"]["total"])


def test_changes_that_have_begun_have_no_effect_before_an_answer_is_asked_for(
    client: Client, customer: Customer
) -> None:
    begun = [client.begin("POST", "/api/orders", customer.order()) for _ in range(2)]

    assert orders(client) == 0

    assert [one.answer().status for one in begun] == [201, 201]
    assert orders(client) == 2


def test_changes_that_have_begun_are_committed_with_the_first(
    client: Client, customer: Customer, b2b: ExpressB2B
) -> None:
    first = client.begin("POST", "/api/orders", customer.order(), headers=key("1"))
    second = client.begin("POST", "/api/orders", customer.order())

    first.answer()

    together = b2b.runtime.database.commits_together
    assert orders(client) == (2 if together else 1)
    second.answer()


def test_change_that_is_refused_leaves_the_others(client: Client, customer: Customer) -> None:
    good = client.begin("POST", "/api/orders", customer.order())
    bad = client.begin("POST", "/api/orders", customer.order(sku="NONE"))
    also_good = client.begin("POST", "/api/orders", customer.order(), headers=key("1"))

    assert [one.answer().status for one in (good, bad, also_good)] == [201, 422, 201]
    assert orders(client) == 2


def test_key_of_a_change_that_has_begun_is_in_use(client: Client, customer: Customer) -> None:
    first = client.begin("POST", "/api/orders", customer.order(), headers=key("1"))

    second = client.post("/api/orders", customer.order(), headers=key("1"))

    assert second.code == "idempotency_in_progress"
    assert first.answer().status == 201
    assert orders(client) == 1


def test_change_whose_answer_nobody_reads_is_made_all_the_same(
    client: Client, customer: Customer
) -> None:
    client.begin("POST", "/api/orders", customer.order(), headers=key("1")).close()

    again = client.post("/api/orders", customer.order(), headers=key("1"))

    assert again.headers["idempotency-replayed"] == "true"
    assert orders(client) == 1


def test_quote_is_answered_at_once_and_waits_for_nothing(
    client: Client, customer: Customer
) -> None:
    order = client.begin("POST", "/api/orders", customer.order())

    quote = client.post("/api/orders/quote", customer.order())

    assert (quote.status, orders(client)) == (200, 0)
    order.answer()
