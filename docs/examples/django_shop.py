"""Django views with Express B2B inside: signed-in buyers list and place orders, and approve them.

    pip install django
    SHOP_SECRET=change-me python docs/examples/django_shop.py runserver

In a project of your own the settings stay in settings.py, and what is below them goes into the
views of an app. Who is signed in is the shop's own knowledge: here Django's session holds the ids
of the contact, of its billing account and of its site.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from expressb2b_core import Document, Event, ExpressB2B, ExpressB2BError
from expressb2b_core.errors import Conflict, NotAllowed, NotFound, ValidationFailed

settings.configure(
    SECRET_KEY=os.environ["SHOP_SECRET"],
    ALLOWED_HOSTS=["localhost", "127.0.0.1", "testserver"],
    ROOT_URLCONF=__name__,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        f"{__name__}.Express",
    ],
)

# One for the process, made after it was forked. All threads share it; each gets a SQLite
# connection of its own when it first asks for something.
b2b = ExpressB2B(os.environ.get("SHOP_DATABASE", "sqlite:///shop.db"))
shop = b2b.workspace("default")
log = logging.getLogger("shop")

STATUS = {ValidationFailed: 422, NotFound: 404, NotAllowed: 403, Conflict: 409}


class Express:
    """Lets buyers in, and tells what Express B2B refuses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "contact_id" not in request.session:
            return JsonResponse({"detail": "Please sign in."}, status=401)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer to an error of Express B2B; Django's own for every other."""
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), None)
        if status is None or not isinstance(error, ExpressB2BError):
            return None
        fields = error.errors if isinstance(error, ValidationFailed) else ()
        problems = {field.pointer: field.detail for field in fields}
        told = {"code": error.code, "detail": error.detail, "fields": problems}
        return JsonResponse(told, status=status)


def orders(request: HttpRequest) -> HttpResponse:
    """The orders of the buyer's account, or a new one."""
    return place(request) if request.method == "POST" else recent(request)


@require_GET
def recent(request: HttpRequest) -> HttpResponse:
    """The newest orders of the account."""
    found = shop.orders.list(billing_account_id=request.session["account_id"])
    return JsonResponse({"orders": [order.to_dict() for order in found], "total": found.total})


@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """Order the items of the body: a list of `sku` and `qty`."""
    try:
        items = json.loads(request.body)
    except ValueError:
        return JsonResponse({"detail": "This is no JSON."}, status=400)
    order = shop.orders.place(
        billing_account_id=request.session["account_id"],
        site_id=request.session["site_id"],
        placed_by=request.session["contact_id"],
        items=items,
    )
    return answer(order, status=201)


@require_POST
def approve(request: HttpRequest, order_id: str) -> HttpResponse:
    """Approve an order of the account; the library decides whether this person may."""
    order = shop.orders.get(order_id)
    if order.billing_account["id"] != request.session["account_id"]:
        raise NotFound("order", order_id)
    return answer(shop.approvals.approve(order.id, approver_id=request.session["contact_id"]))


def answer(document: Document, status: int = 200) -> HttpResponse:
    """A document as it is: it was finished when it was stored."""
    return HttpResponse(document.text, content_type="application/json", status=status)


@b2b.on("order.approved")
def tell_the_warehouse(event: Event) -> None:
    """Called after the commit, in the thread of the request."""
    log.warning("pick order %s", event.document.data["order"]["number"])


def close_connection(**_: object) -> None:
    """`runserver` starts a thread for each request; where threads live on, leave this out."""
    b2b.close_thread()


request_finished.connect(close_connection)

urlpatterns = [
    path("orders", orders),
    path(
        "orders/<uuid:order_id>/approve", lambda request, order_id: approve(request, str(order_id))
    ),
]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
