from __future__ import annotations

from expressb2b_core import Workspace
from expressb2b_core.services.order_trail import trail
from tests.builders import customer, napkin, order


def test_events_stand_in_their_order_with_their_deliveries(shop: Workspace) -> None:
    napkin(shop)
    endpoint = shop.webhooks.register(url="https://erp.example.com/h", events=["order.approved"])
    placed = order(shop, customer(shop))

    found = trail(shop.scope, placed.id)

    assert [event.type for event in found] == ["order.placed", "order.approved"]
    assert found[0].deliveries == []
    (delivery,) = found[1].deliveries
    assert (delivery.endpoint_id, delivery.url) == (endpoint.id, "https://erp.example.com/h")
    assert (delivery.status, delivery.attempts) == ("pending", 0)
    assert shop.webhooks.delivery(delivery.id).event_id == found[1].id


def test_stranger_sees_no_trail(shop: Workspace, stranger: Workspace) -> None:
    napkin(shop)
    placed = order(shop, customer(shop))

    assert trail(stranger.scope, placed.id) == []
