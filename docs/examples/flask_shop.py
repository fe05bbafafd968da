"""A Flask shop with Express B2B inside: signed-in buyers see their prices, order, and approve.

    pip install flask
    SHOP_SECRET=change-me flask --app docs/examples/flask_shop.py run

Who is signed in is the shop's own knowledge. Here Flask's session holds the ids of the contact,
of its billing account and of its site: put them there where your users sign in.
"""

from __future__ import annotations

import logging
import os

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request, session, url_for
from flask.typing import ResponseReturnValue

from expressb2b_core import Document, Event, ExpressB2B, ExpressB2BError, Workspace
from expressb2b_core.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from expressb2b_core.inputs.orders import OrderQuery

STATUS = {ValidationFailed: 422, NotFound: 404, NotAllowed: 403, Conflict: 409}
log = logging.getLogger("shop")
pages = Blueprint("pages", __name__)


def create_app(database: str = "sqlite:///shop.db", secret_key: str = "") -> Flask:
    """The shop on this database; Flask calls this once in each of its processes."""
    app = Flask(__name__)
    app.secret_key = secret_key or os.environ["SHOP_SECRET"]
    # One for the process, made after it was forked. All threads share it; each gets a SQLite
    # connection of its own when it first asks for something.
    b2b = app.extensions["express_b2b"] = ExpressB2B(database)
    b2b.on("order.approved", tell_the_warehouse)
    # Flask's own server starts a thread for each request. Where threads live on (waitress,
    # gunicorn --threads), leave this out: their connections then serve the next request too.
    app.teardown_appcontext(lambda error: b2b.close_thread())
    app.register_blueprint(pages)
    app.register_error_handler(ExpressB2BError, refused)
    return app


def shop() -> Workspace:
    """The workspace that this shop sells from."""
    b2b: ExpressB2B = current_app.extensions["express_b2b"]
    return b2b.workspace("default")


@pages.before_request
def require_buyer() -> None:
    """Nothing here is for people who have not signed in."""
    if "contact_id" not in session:
        abort(401)


@pages.get("/products/<sku>/price")
def price(sku: str) -> Response:
    """What the buyer's account pays, and why."""
    account_id, qty = session["account_id"], request.args.get("qty", 1, type=int)
    return answer(shop().products.price(sku, billing_account_id=account_id, qty=qty))


@pages.get("/orders")
def orders() -> Response:
    """The orders of the buyer's account, newest first, page by page."""
    wanted: OrderQuery = {"billing_account_id": session["account_id"]}
    if "cursor" in request.args:
        wanted["cursor"] = request.args["cursor"]
    found = shop().orders.list(**wanted)
    listed = [order.to_dict() for order in found]
    return jsonify(orders=listed, total=found.total, next_cursor=found.next_cursor)


@pages.post("/orders")
def place() -> ResponseReturnValue:
    """Order the items of the body: a list of `sku` and `qty`."""
    order = shop().orders.place(
        billing_account_id=session["account_id"],
        site_id=session["site_id"],
        placed_by=session["contact_id"],
        items=request.get_json(),
    )
    return answer(order), 201, {"Location": url_for(".one_order", order_id=order.id)}


@pages.get("/orders/<order_id>")
def one_order(order_id: str) -> Response:
    """An order of the buyer's account."""
    return answer(own_order(order_id))


@pages.post("/orders/<order_id>/approve")
def approve(order_id: str) -> Response:
    """Approve it; whether this person may, and what it leads to, is decided by the library."""
    order = own_order(order_id)
    return answer(shop().approvals.approve(order.id, approver_id=session["contact_id"]))


def own_order(order_id: str) -> Document:
    """The order, if it is the account's."""
    order = shop().orders.get(order_id)
    if order.billing_account["id"] != session["account_id"]:
        raise NotFound("order", order_id)
    return order


def answer(document: Document) -> Response:
    """A document as it is: it was finished when it was stored."""
    return Response(document.text, mimetype="application/json")


def refused(error: ExpressB2BError) -> ResponseReturnValue:
    """What was refused and why, field by field where the request has to be corrected."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    fields = error.errors if isinstance(error, ValidationFailed) else ()
    problems = {field.pointer: field.detail for field in fields}
    return jsonify(code=error.code, detail=error.detail, fields=problems), status


def tell_the_warehouse(event: Event) -> None:
    """Called after the commit, in the thread of the request."""
    log.warning("pick order %s", event.document.data["order"]["number"])
