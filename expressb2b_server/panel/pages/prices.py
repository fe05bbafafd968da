"""Prices: added, ended, and tested: what would this account pay, and why not another price?"""

from __future__ import annotations

from expressb2b_core.errors import FieldError, InvalidInput, NotFound, ValidationFailed
from expressb2b_core.inputs import moments
from expressb2b_core.inputs.catalog import PriceInput, PriceQuestion
from expressb2b_core.services.price_questions import PriceAnswer
from expressb2b_server.panel.exports import values_as_csv
from expressb2b_server.panel.pages.choices import account_choices
from expressb2b_server.panel.pages.products import show_product
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import Pages

pages = Pages()

_PRICE = ("tier", "billing_account_id", "price", "min_qty", "valid_from", "valid_to")
_CANDIDATE = ("source", *_PRICE, "verdict")
_MINUTE_FORM = len("2026-03-15T14:32")


@pages.get("/prices")
def show_tester(request: Request) -> Response:
    """Ask for a product, an account and a quantity, and show which price wins."""
    answer: PriceAnswer | None = None
    query = request.query
    if query.text("sku"):
        try:
            answer = _answer(request)
        except NotFound:
            query.refuse(
                ValidationFailed([FieldError("?sku", "not_found", "there is no such product")])
            )
        except InvalidInput as error:
            query.refuse(error)
    if query.message:
        request.status = 422
    return request.page(
        "products/prices.html",
        answer=answer,
        query=query,
        accounts=account_choices(request, query.text("billing_account_id")),
    )


@pages.get("/prices.csv")
def export_answer(request: Request) -> Response:
    """Every price that was considered as a file."""
    rows = [[one[name] for name in _CANDIDATE] for one in _answer(request).candidates]
    return values_as_csv(request, "price", _CANDIDATE, rows)


@pages.get("/product/prices.csv")
def export_prices(request: Request) -> Response:
    """The prices of tiers and accounts for a product as a file."""
    product = request.workspace.products.get(request.query.text("sku"))
    rows = [(product.sku, *(row[name] for name in _PRICE)) for row in product.pricing]
    return values_as_csv(request, "prices", ("sku", *_PRICE), rows)


@pages.post("/product/price", on_refusal=show_product)
def add_price(request: Request) -> Response:
    """Add a price, or replace the one of the same tier or account, quantity and start."""
    form = request.form
    row = _row(form.text("payer"), form.text("price").strip())
    minimum = form.whole("min_qty")
    if minimum is not None:
        row["min_qty"] = minimum
    for name, closing in (("valid_from", False), ("valid_to", True)):
        if form.optional(name) is not None:
            row[name] = _start_of_day(form.text(name), closing=closing)  # type: ignore[literal-required]
    _change_prices(request, row)
    return request.done("/product", "price-saved", sku=form.text("sku"))


@pages.post("/product/price/end", on_refusal=show_product)
def end_price(request: Request) -> Response:
    """End one price; orders that exist keep it."""
    form = request.form
    row = _row(form.text("payer"), None)
    minimum = form.whole("min_qty")
    if minimum is not None:
        row["min_qty"] = minimum
    if form.optional("valid_from") is not None:
        row["valid_from"] = form.text("valid_from")
    _change_prices(request, row)
    return request.done("/product", "price-ended", sku=form.text("sku"))


def _answer(request: Request) -> PriceAnswer:
    query = request.query
    question = PriceQuestion(billing_account_id=query.text("billing_account_id"))
    quantity = query.whole("qty")
    if quantity is not None:
        question["qty"] = quantity
    at = query.text("at")
    if at:
        question["at"] = f"{at}:00Z" if len(at) == _MINUTE_FORM else at
    return request.workspace.products.price(query.text("sku").strip(), **question)


def _row(choice: str, price: str | None) -> PriceInput:
    kind, _, identity = choice.partition(":")
    row = PriceInput(price=price)
    if kind == "tier":
        row["tier"] = identity
    else:
        row["billing_account_id"] = identity
    return row


def _start_of_day(text: str, *, closing: bool) -> str:
    """A date as the moment it begins at (or the next one does); anything else as it is."""
    try:
        return moments.text(moments.parse_bound(text, closing=closing))
    except ValueError:
        return text


def _change_prices(request: Request, row: PriceInput) -> None:
    try:
        request.workspace.products.upsert(sku=request.form.text("sku"), pricing=[row])
    except ValidationFailed as refused:
        raise ValidationFailed([_by_field(error) for error in refused.errors]) from None


def _by_field(error: FieldError) -> FieldError:
    """An error of the row at the field of the form."""
    rest = error.pointer.removeprefix("/pricing/0")
    shown = {"/tier": "/payer", "/billing_account_id": "/payer"}.get(rest, rest)
    return FieldError(shown, error.code, error.detail, error.figures)
