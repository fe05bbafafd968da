"""Webhook endpoints: registered, paused, tested, their secrets rotated, periods replayed.

What was delivered to them stands on the pages of `deliveries`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from expressb2b_core.errors import InvalidInput
from expressb2b_core.rules.order_states import EVENTS
from expressb2b_core.services import audit
from expressb2b_core.services.delivery_history import Delivery
from expressb2b_core.services.documents import Page
from expressb2b_core.services.webhook_documents import WebhookEndpoint
from expressb2b_server.panel.exports import documents_as_csv
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import ADMIN, Pages

pages = Pages()

_DELIVERIES_SHOWN = 25
DELIVERY_STATUSES = ("pending", "succeeded", "failed")
_EVENT_WORDS = tuple((name, name.replace("order.", "Order ")) for name in EVENTS)
_EXPORTED: Mapping[str, str] = MappingProxyType(
    {
        name: name
        for name in (
            "id",
            "url",
            "events",
            "description",
            "status",
            "disabled_reason",
            "version",
            "failing_since",
            "last_success_at",
            "last_failure_at",
            "created_at",
        )
    }
)


@pages.get("/webhooks")
def list_endpoints(request: Request) -> Response:
    """All endpoints and how they do."""
    return request.page("webhooks/list.html", endpoints=list(request.workspace.webhooks.iterate()))


@pages.get("/webhooks.csv")
def export_endpoints(request: Request) -> Response:
    """All endpoints as a file, without their secrets."""
    endpoints = request.workspace.webhooks.iterate()
    return documents_as_csv(request, "webhooks", _EXPORTED, endpoints)


@pages.get("/webhooks/new", ADMIN)
def show_new_endpoint(request: Request) -> Response:
    """Ask where events shall go."""
    return request.page("webhooks/new.html", form=request.form, events=_EVENT_WORDS)


@pages.post("/webhooks", on_refusal=show_new_endpoint)
def register_endpoint(request: Request) -> Response:
    """Register an endpoint, and show its secret this once."""
    form = request.form
    endpoint = request.workspace.webhooks.register(
        url=form.text("url").strip(),
        events=_wanted_events(request),
        description=form.optional("description"),
    )
    return _show_once(request, endpoint, "registered")


@pages.get("/webhooks/<endpoint_id>")
def show_endpoint(request: Request, endpoint_id: str) -> Response:
    """One endpoint: its settings, and what was delivered to it."""
    webhooks = request.workspace.webhooks
    endpoint = webhooks.get(endpoint_id)
    found: Page[Delivery] | None = None
    try:
        found = _deliveries(request, endpoint_id)
    except InvalidInput as error:
        request.query.refuse(error)
        request.status = 422
    scope = request.workspace.scope
    return request.page(
        "webhooks/one.html",
        endpoint=endpoint,
        found=found,
        statuses=DELIVERY_STATUSES,
        events=_EVENT_WORDS,
        form=request.form,
        query=request.query,
        history=list(audit.entries(scope, subject_type="webhook", subject_id=endpoint_id)),
    )


@pages.post("/webhooks/<endpoint_id>/edit", on_refusal=show_endpoint)
def edit_endpoint(request: Request, endpoint_id: str) -> Response:
    """Change where events go, and which."""
    form = request.form
    request.workspace.webhooks.update(
        endpoint_id,
        if_match=form.if_match,
        url=form.text("url").strip(),
        events=_wanted_events(request),
        description=form.optional("description"),
    )
    return request.done(f"/webhooks/{endpoint_id}", "endpoint-saved")


@pages.post("/webhooks/<endpoint_id>/pause", on_refusal=show_endpoint)
def pause_endpoint(request: Request, endpoint_id: str) -> Response:
    """Send nothing more."""
    request.workspace.webhooks.update(endpoint_id, status="disabled")
    return request.done(f"/webhooks/{endpoint_id}", "endpoint-paused")


@pages.post("/webhooks/<endpoint_id>/enable", on_refusal=show_endpoint)
def enable_endpoint(request: Request, endpoint_id: str) -> Response:
    """Send again, and what was held meanwhile."""
    request.workspace.webhooks.update(endpoint_id, status="enabled")
    return request.done(f"/webhooks/{endpoint_id}", "endpoint-enabled")


@pages.post("/webhooks/<endpoint_id>/rotate", on_refusal=show_endpoint)
def rotate_secret(request: Request, endpoint_id: str) -> Response:
    """Give an endpoint a new secret, and show it this once."""
    endpoint = request.workspace.webhooks.rotate_secret(endpoint_id)
    return _show_once(request, endpoint, "rotated")


@pages.post("/webhooks/<endpoint_id>/test", on_refusal=show_endpoint)
def test_endpoint(request: Request, endpoint_id: str) -> Response:
    """Send a test event."""
    delivery = request.workspace.webhooks.test(endpoint_id)
    return request.done(f"/deliveries/{delivery.id}", "test-sent")


@pages.post("/webhooks/<endpoint_id>/replay", on_refusal=show_endpoint)
def replay(request: Request, endpoint_id: str) -> Response:
    """Deliver a period's events again."""
    form = request.form
    until = form.optional("until")
    queued = request.workspace.webhooks.replay(
        endpoint_id,
        since=form.text("since"),
        **({} if until is None else {"until": until}),
        failed_only=form.flag("failed_only"),
    )
    return request.done(f"/webhooks/{endpoint_id}", "replay", n=queued)


@pages.post("/webhooks/<endpoint_id>/delete", on_refusal=show_endpoint)
def delete_endpoint(request: Request, endpoint_id: str) -> Response:
    """Remove an endpoint."""
    request.workspace.webhooks.delete(endpoint_id)
    return request.done("/webhooks", "endpoint-removed")


def _wanted_events(request: Request) -> list[str]:
    return ["*"] if request.form.flag("all_events") else request.form.many("events")


def _deliveries(request: Request, endpoint_id: str) -> Page[Delivery]:
    status = request.query.optional("status")
    return request.workspace.webhooks.deliveries(
        endpoint_id,
        per_page=_DELIVERIES_SHOWN,
        page=request.page_number,
        **({} if status is None else {"status": status}),
    )


def _show_once(request: Request, endpoint: WebhookEndpoint, what: str) -> Response:
    return request.page("webhooks/secret.html", endpoint=endpoint, what=what)
