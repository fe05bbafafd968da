"""Who may go where: each role at each page, and what it is shown."""

from __future__ import annotations

import pytest

from expressb2b_server.panel.pages.table import ROUTES
from expressb2b_server.panel.routing import Route
from tests.server.panel.browser import Browser
from tests.server.panel.conftest import SignedIn
from tests.server.panel.test_guards import address_of, named

RANKS = {"read_only": 0, "approver": 1, "admin": 2}
CLOSED = [route for route in ROUTES if route.role is not None]


@pytest.mark.parametrize("route", CLOSED, ids=named)
def test_nobody_gets_in_without_signing_in(visitor: Browser, route: Route) -> None:
    path = address_of(route)

    answer = (
        visitor.get(path, follow=False)
        if route.method == "GET"
        else visitor.post(path, {}, follow=False)
    )

    assert answer.status == 303
    assert (answer.header("Location") or "").startswith("/admin/sign-in?next=")


@pytest.mark.parametrize("role", ["read_only", "approver"])
def test_role_that_is_too_low_is_refused_everywhere(signed_in: SignedIn, role: str) -> None:
    browser = signed_in(role)
    token = browser.get("/admin/me").form("/admin/sign-out").fields["token"]

    for route in CLOSED:
        if RANKS[str(route.role)] <= RANKS[role]:
            continue
        path = address_of(route)
        answer = (
            browser.get(path) if route.method == "GET" else browser.post(path, {"token": token})
        )
        assert answer.status == 403, named(route)
        assert "This needs the role" in answer.page.said


def test_every_action_but_going_out_needs_more_than_reading() -> None:
    lowest = {route.rule for route in CLOSED if route.method == "POST" and not RANKS[route.role]}  # type: ignore[index]

    assert lowest == {"/sign-out", "/me/password", "/me/sign-out-elsewhere"}


def test_approver_decides_orders_and_nothing_else() -> None:
    decides = {
        route.rule for route in CLOSED if route.method == "POST" and route.role == "approver"
    }

    assert decides == {"/orders/<order_id>/approve", "/orders/<order_id>/reject"}


def test_reader_is_offered_nothing_that_would_be_refused(signed_in: SignedIn) -> None:
    reader = signed_in("read_only")

    for path in ("/admin/", "/admin/keys", "/admin/webhooks", "/admin/accounts", "/admin/products"):
        page = reader.get(path)
        assert page.status == 200
        offered = [link for link in page.page.links if link.endswith(("/new", "/import", "/audit"))]
        assert offered == [], path
        actions = [form.action for form in page.page.forms if form.method == "post"]
        assert actions == ["/admin/sign-out"], path
