"""Deliveries: why did a webhook not arrive? Every attempt with its answer, and doing it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType

from expressb2b_core.errors import NotFound
from expressb2b_core.inputs.webhooks import DeliveryQuery
from expressb2b_core.services.delivery_history import Delivery
from expressb2b_server.panel.exports import documents_as_csv
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import Pages

pages = Pages()

_EXPORTED: Mapping[str, str] = MappingProxyType(
    {
        name: name
        for name in (
            "id",
            "event",
            "event_id",
            "status",
            "attempts_count",
            "next_attempt_at",
            "created_at",
            "finished_at",
        )
    }
)


@pages.get("/deliveries/<delivery_id>")
def show_delivery(request: Request, delivery_id: str) -> Response:
    """One delivery with every attempt, and the bytes that are sent."""
    webhooks = request.workspace.webhooks
    delivery = webhooks.delivery(delivery_id)
    endpoint = None
    with suppress(NotFound):  # removed since
        endpoint = webhooks.get(delivery.webhook_id)
    body = request.workspace.events.raw(delivery.event_id).decode()
    return request.page(
        "webhooks/delivery.html", delivery=delivery, endpoint=endpoint, body=body, form=request.form
    )


@pages.post("/deliveries/<delivery_id>/redeliver", on_refusal=show_delivery)
def redeliver(request: Request, delivery_id: str) -> Response:
    """Deliver once more."""
    request.workspace.webhooks.redeliver(delivery_id)
    return request.done(f"/deliveries/{delivery_id}", "redelivery")


@pages.get("/webhooks/<endpoint_id>/deliveries.csv")
def export_deliveries(request: Request, endpoint_id: str) -> Response:
    """All deliveries of an endpoint, in the state that is asked for, as a file."""
    request.workspace.webhooks.get(endpoint_id)
    return documents_as_csv(request, "deliveries", _EXPORTED, _all(request, endpoint_id))


def _all(request: Request, endpoint_id: str) -> Iterator[Delivery]:
    webhooks = request.workspace.webhooks
    asked = DeliveryQuery(per_page=100)
    status = request.query.optional("status")
    if status is not None:
        asked["status"] = status
    page = webhooks.deliveries(endpoint_id, **asked)
    yield from page
    while page.next_cursor is not None:
        page = webhooks.deliveries(endpoint_id, **(asked | {"cursor": page.next_cursor}))
        yield from page
