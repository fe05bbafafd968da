"""Orders in the panel: found, decided, shipped, in whose name and with which traces."""

from __future__ import annotations

import csv
import io

import pytest

from expressb2b_core import Workspace
from expressb2b_core.services.order_documents import Order
from tests.builders import NAPKIN, customer, napkin, order
from tests.server.panel.browser import Browser
from tests.server.panel.conftest import SignedIn

LEVEL = {"name": "manager", "min_total": "100.00"}


@pytest.fixture
def waiting(shop: Workspace) -> Order:
    napkin(shop, inventory={"on_hand": 10})
    return order(shop, customer(shop, LEVEL), po_number="PO-7")


def test_order_is_approved_from_the_queue(admin: Browser, shop: Workspace, waiting: Order) -> None:
    queue = admin.get("/admin/approvals")
    assert "Midwest Restaurant Group" in queue.page.said
    assert "USD 164.00" in queue.page.said

    after = admin.submit(queue, f"/admin/orders/{waiting.id}/approve")

    assert after.path == "/admin/approvals?done=approved"
    assert "Approved." in after.page.said
    assert "Nothing waits for approval." in after.page.said
    found = shop.orders.get(waiting.id)
    assert found.status == "approved"
    assert found.approval_history[-1]["actor"]["type"] == "admin"  # type: ignore[index]
    assert found.approval_history[-1]["actor"]["name"] == "Ana admin"  # type: ignore[index]


def test_approval_on_the_orders_page_carries_its_comment(
    signed_in: SignedIn, shop: Workspace, waiting: Order
) -> None:
    approver = signed_in("approver")
    page = approver.get(f"/admin/orders/{waiting.id}")

    after = approver.submit(page, f"/admin/orders/{waiting.id}/approve", comment="As agreed")

    assert after.status == 200
    assert "As agreed" in after.page.said
    assert shop.orders.get(waiting.id).approval_history[-1]["comment"] == "As agreed"


def test_rejection_needs_a_reason_and_gives_stock_back(
    admin: Browser, shop: Workspace, waiting: Order
) -> None:
    path = f"/admin/orders/{waiting.id}/reject"
    page = admin.get(f"/admin/orders/{waiting.id}")

    refused = admin.submit(page, path, reason="  ")
    assert refused.status == 422
    assert "Reason must have" in refused.page.said
    done = admin.submit(refused, path, reason="Over the budget")

    assert "Rejected." in done.page.said
    assert shop.orders.get(waiting.id).status == "rejected"
    assert shop.products.get(NAPKIN).inventory["reserved"] == 0


def test_order_is_fulfilled_with_its_tracking_number(
    admin: Browser, shop: Workspace, waiting: Order
) -> None:
    shop.approvals.approve(waiting.id)
    page = admin.get(f"/admin/orders/{waiting.id}")

    after = admin.submit(page, f"/admin/orders/{waiting.id}/fulfill", tracking="1Z999")

    assert "1Z999" in after.page.said
    assert shop.products.get(NAPKIN).inventory["on_hand"] == 6


def test_order_is_cancelled(admin: Browser, shop: Workspace, waiting: Order) -> None:
    page = admin.get(f"/admin/orders/{waiting.id}")

    admin.submit(page, f"/admin/orders/{waiting.id}/cancel", reason="Ordered twice")

    assert shop.orders.get(waiting.id).status == "cancelled"


def test_second_of_two_who_decide_is_told(admin: Browser, shop: Workspace, waiting: Order) -> None:
    page = admin.get(f"/admin/orders/{waiting.id}")
    shop.approvals.reject(waiting.id, reason="Somebody was quicker")

    late = admin.submit(page, f"/admin/orders/{waiting.id}/approve")

    assert late.status == 412
    assert "changed since you read it" in late.page.said
    assert "Somebody was quicker" in late.page.said
    assert shop.orders.get(waiting.id).status == "rejected"


def test_action_that_the_state_forbids_is_told(
    admin: Browser, shop: Workspace, waiting: Order
) -> None:
    page = admin.get(f"/admin/orders/{waiting.id}")
    token = page.form("/approve").fields["token"]
    shop.approvals.approve(waiting.id)

    answer = admin.post(f"/admin/orders/{waiting.id}/approve", {"token": token})

    assert answer.status == 409


def test_proof_says_why_each_price(admin: Browser, waiting: Order) -> None:
    said = admin.get(f"/admin/orders/{waiting.id}").page.said

    assert "Why these prices?" in said
    assert "This price applies" in said


def test_command_for_curl_names_the_public_address(admin: Browser, waiting: Order) -> None:
    said = admin.get(f"/admin/orders/{waiting.id}").page.said

    assert f"curl http://localhost:8000/api/orders/{waiting.id}" in said
    assert f"curl -X POST http://localhost:8000/api/orders/{waiting.id}/approve" in said


def test_deliveries_of_its_events_are_shown(admin: Browser, shop: Workspace) -> None:
    napkin(shop)
    shop.webhooks.register(url="https://erp.example.com/hooks", events=["order.placed"])
    placed = order(shop, customer(shop))

    page = admin.get(f"/admin/orders/{placed.id}").page

    assert "https://erp.example.com/hooks" in page.said
    assert "No endpoint wanted it." in page.said
    assert any("/admin/deliveries/" in link for link in page.links)


@pytest.mark.parametrize("sought", ["PO-7", NAPKIN, "midwest", "#1001"])
def test_order_is_found(admin: Browser, waiting: Order, sought: str) -> None:
    page = admin.get("/admin/orders")

    found = admin.submit(page, "/admin/orders", q=sought)

    assert f"#{waiting.number}" in found.page.said


def test_orders_are_narrowed_by_state_and_date(
    admin: Browser, shop: Workspace, waiting: Order
) -> None:
    assert "#1001" in admin.get("/admin/orders?status=pending_approval").page.said
    assert "No orders here." in admin.get("/admin/orders?status=approved").page.said
    assert "No orders here." in admin.get("/admin/orders?created_from=2026-03-16").page.said
    assert "#1001" in admin.get("/admin/orders?created_to=2026-03-15").page.said


@pytest.mark.parametrize(
    "query", ["created_from=tomorrow", "status=lost", "sort=by-luck", "page=999999"]
)
def test_question_that_cannot_be_answered_is_told(
    admin: Browser, waiting: Order, query: str
) -> None:
    answer = admin.get(f"/admin/orders?{query}")

    assert answer.status == 422
    assert any(found.get("role") == "alert" for _, found in answer.page.tags)


def test_many_orders_come_in_pages_that_keep_the_filters(admin: Browser, shop: Workspace) -> None:
    napkin(shop)
    of = customer(shop)
    for _ in range(26):
        order(shop, of, qty=1)

    first = admin.get("/admin/orders?status=approved")
    (older,) = [link for link in first.page.links if "page=2" in link]
    second = admin.get(older)

    assert "26 orders" in first.page.said
    assert "#1001" not in first.page.said
    assert "#1001" in second.page.said
    assert "status=approved" in older


def test_file_has_a_row_for_each_line_and_no_formulas(admin: Browser, shop: Workspace) -> None:
    napkin(shop)
    order(shop, customer(shop, name="=HYPERLINK(1)"), po_number="@SUM(A1)")

    text = admin.get("/admin/orders.csv").text

    assert text.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert row["account"] == "'=HYPERLINK(1)"
    assert row["po_number"] == "'@SUM(A1)"
    assert row["sku"] == NAPKIN
    assert row["line_total"] == "164.00"


def test_absent_order_is_not_found(admin: Browser) -> None:
    for order_id in ("01936a11-0000-7000-8000-000000000000", "nonsense"):
        assert admin.get(f"/admin/orders/{order_id}").status == 404
