"""Builders for tests of webhooks and deliveries: endpoints, events, attempts and their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from expressb2b_core import Workspace
from expressb2b_core.services.deliveries import Claim, Deliveries, Result, Waiting
from expressb2b_core.services.webhook_documents import WebhookEndpoint
from tests.builders import Customer, customer, napkin, order

FIVE_DAYS = 5 * 86_400


def hook(shop: Workspace, name: str = "a", **fields: Any) -> WebhookEndpoint:
    """An endpoint for all events."""
    given = {"url": f"https://{name}.example.com/hook", "events": ["*"]} | fields
    return shop.webhooks.register(**given)


def buyer(shop: Workspace) -> Customer:
    """A customer whose orders wait for approval, so that each is one event."""
    napkin(shop)
    return customer(shop, {"name": "manager", "min_total": "0.00"})


def place(shop: Workspace, of: Customer, count: int = 1) -> list[str]:
    """Place orders; the ids of their events."""
    numbers = {order(shop, of).number for _ in range(count)}
    return [event.id for event in shop.events.iterate() if event.data["order"]["number"] in numbers]


def all_of(waiting: Sequence[Waiting]) -> Mapping[str, int]:
    """Everybody may have two claims at a time."""
    return {one.endpoint_id: 2 - one.leased for one in waiting if one.leased < 2}


def claim(deliveries: Deliveries) -> list[Claim]:
    """All that may start now."""
    return list(deliveries.turn(all_of).claims)


def next_due_at_ms(deliveries: Deliveries) -> int | None:
    """When there is something to claim; None when nothing waits."""
    return deliveries.turn(lambda waiting: {}).next_due_at_ms


def ok(of: Claim, at: int = 0) -> Result:
    """It was delivered."""
    return Result(of, ok=True, at=at, duration_ms=12, status=200, response="ok")


def refused(of: Claim, status: int = 500, **fields: Any) -> Result:
    """It was answered with a refusal."""
    return Result(of, ok=False, at=0, duration_ms=12, status=status, response="no", **fields)
