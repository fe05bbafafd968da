"""Webhooks in the panel: registered, paused, tested, and why something did not arrive."""

from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_core.services.webhook_documents import WebhookEndpoint
from tests.builders import customer, napkin, order
from tests.server.panel.browser import Browser

URL = "https://erp.example.com/hooks"


@pytest.fixture
def endpoint(shop: Workspace) -> WebhookEndpoint:
    return shop.webhooks.register(url=URL, events=["*"])


def test_endpoint_is_registered_and_its_secret_shown_once(shop: Workspace, admin: Browser) -> None:
    page = admin.get("/admin/webhooks/new")

    made = admin.submit(page, "/admin/webhooks", url=URL, description="The ERP")

    (endpoint,) = shop.webhooks.list()
    secret = shop.webhooks.secret(endpoint.id)
    assert endpoint.events == ["*"]
    assert secret in made.page.said
    for path in ("/admin/webhooks", f"/admin/webhooks/{endpoint.id}", "/admin/audit"):
        assert secret not in admin.get(path).text


def test_endpoint_is_told_of_some_events_only(shop: Workspace, admin: Browser) -> None:
    page = admin.get("/admin/webhooks/new")

    admin.submit(page, "/admin/webhooks", url=URL, all_events=[], events=["order.approved"])

    (endpoint,) = shop.webhooks.list()
    assert endpoint.events == ["order.approved"]


def test_address_that_may_not_be_told_is_refused(shop: Workspace, admin: Browser) -> None:
    page = admin.get("/admin/webhooks/new")

    refused = admin.submit(page, "/admin/webhooks", url="http://127.0.0.1/hooks")

    assert refused.status == 422
    assert refused.form("/admin/webhooks").fields["url"] == ["http://127.0.0.1/hooks"]
    assert shop.webhooks.list().total == 0


def test_endpoint_is_changed(shop: Workspace, admin: Browser, endpoint: WebhookEndpoint) -> None:
    path = f"/admin/webhooks/{endpoint.id}"

    admin.submit(admin.get(path), f"{path}/edit", url=URL + "/2", all_events=["yes"])

    assert shop.webhooks.get(endpoint.id).url == URL + "/2"


def test_endpoint_is_paused_and_enabled(
    shop: Workspace, admin: Browser, endpoint: WebhookEndpoint
) -> None:
    path = f"/admin/webhooks/{endpoint.id}"

    paused = admin.submit(admin.get(path), f"{path}/pause")
    assert shop.webhooks.get(endpoint.id).status == "disabled"
    admin.submit(paused, f"{path}/enable")

    assert shop.webhooks.get(endpoint.id).status == "enabled"


def test_secret_is_rotated(shop: Workspace, admin: Browser, endpoint: WebhookEndpoint) -> None:
    path = f"/admin/webhooks/{endpoint.id}"

    page = admin.submit(admin.get(path), f"{path}/rotate")

    assert shop.webhooks.secret(endpoint.id) in page.page.said
    assert endpoint.secret not in page.page.said


def test_test_event_leads_to_its_delivery(
    shop: Workspace, admin: Browser, endpoint: WebhookEndpoint
) -> None:
    path = f"/admin/webhooks/{endpoint.id}"

    page = admin.submit(admin.get(path), f"{path}/test")

    assert page.path.startswith("/admin/deliveries/")
    assert "webhook.test" in page.page.said


def test_delivery_is_repeated(shop: Workspace, admin: Browser, endpoint: WebhookEndpoint) -> None:
    napkin(shop)
    order(shop, customer(shop))
    delivery = next(iter(shop.webhooks.deliveries(endpoint.id)))
    path = f"/admin/deliveries/{delivery.id}"

    page = admin.submit(admin.get(path), f"{path}/redeliver")

    assert "delivered again" in page.page.said
    assert delivery.event_id in page.page.said
    assert '"event":"order.' in page.page.said


def test_nothing_is_repeated_for_a_paused_endpoint(
    shop: Workspace, admin: Browser, endpoint: WebhookEndpoint
) -> None:
    delivery = shop.webhooks.test(endpoint.id)
    path = f"/admin/deliveries/{delivery.id}"
    page = admin.get(path)
    shop.webhooks.update(endpoint.id, status="disabled")

    refused = admin.submit(page, f"{path}/redeliver")

    assert refused.status == 409
    assert "disabled; enable it first" in refused.page.said


def test_period_is_replayed(shop: Workspace, admin: Browser, endpoint: WebhookEndpoint) -> None:
    napkin(shop)
    shop.webhooks.update(endpoint.id, status="disabled")
    order(shop, customer(shop))
    shop.webhooks.update(endpoint.id, status="enabled")
    path = f"/admin/webhooks/{endpoint.id}"

    page = admin.submit(
        admin.get(path), f"{path}/replay", since="2026-03-01", until="2026-03-15", failed_only=[]
    )

    assert "Deliveries were queued: 2." in page.page.said
    assert shop.webhooks.deliveries(endpoint.id).total == 2


def test_period_that_cannot_be_read_is_told(admin: Browser, endpoint: WebhookEndpoint) -> None:
    path = f"/admin/webhooks/{endpoint.id}"

    refused = admin.submit(admin.get(path), f"{path}/replay", since="last week")

    assert refused.status == 422
    assert "Since: " in refused.page.said


def test_endpoint_is_removed(shop: Workspace, admin: Browser, endpoint: WebhookEndpoint) -> None:
    path = f"/admin/webhooks/{endpoint.id}"

    page = admin.submit(admin.get(path), f"{path}/delete")

    assert "No endpoints yet." in page.page.said
    assert shop.webhooks.list().total == 0


def test_deliveries_are_narrowed_by_state(
    shop: Workspace, admin: Browser, endpoint: WebhookEndpoint
) -> None:
    shop.webhooks.test(endpoint.id)
    path = f"/admin/webhooks/{endpoint.id}"

    assert "webhook.test" in admin.get(f"{path}?status=pending").page.said
    assert "Nothing here." in admin.get(f"{path}?status=failed").page.said
    assert admin.get(f"{path}?status=lost").status == 422
