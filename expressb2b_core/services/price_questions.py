"""What an account pays for a product, for how many and when, and why it is not another price."""

from __future__ import annotations

from collections.abc import Sequence

from expressb2b_core import money
from expressb2b_core.errors import FieldError, NotFound, ValidationFailed
from expressb2b_core.inputs import moments
from expressb2b_core.inputs.catalog import PriceQuestion
from expressb2b_core.rules import pricing
from expressb2b_core.rules.pricing import PriceRow
from expressb2b_core.services import prices, product_documents
from expressb2b_core.services.documents import Document, encode
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, param

Fields = dict[str, object]

A = tables.BillingAccount

_tier_of_account = Statement(
    lambda: A.select(A.pricing_tier).where(
        (A.workspace == param("workspace")) & (A.id == param("id"))
    )
)


class PriceAnswer(Document):
    """A price with every candidate. Where no price applies, all but the candidates is None."""

    __slots__ = ()

    sku: str
    qty: int
    at: str
    unit_price: str | None
    line_total: str | None
    price: Fields | None
    candidates: list[Fields]


def answer(scope: Scope, sku: str, question: PriceQuestion) -> PriceAnswer:
    """The price at a moment: a past one from the rows as they stood then, else from today's.

    The account's tier is today's in any case.

    Raises:
        NotFound: no such product.
        ValidationFailed: no such account.
    """
    now = scope.runtime.clock.now()
    asked_at = moments.parse_optional(question.get("at"))
    at = now if asked_at is None else asked_at
    with scope.runtime.database.snapshot():
        product = product_documents.find_row(scope, sku)
        if product is None:
            raise NotFound("product", sku)
        rows = _rows(scope, product.id, question["billing_account_id"], at, now)
    return PriceAnswer(encode(_fields(scope, sku, rows, question.get("qty", 1), at)))


def _rows(scope: Scope, product_id: int, account_id: str, at: int, now: int) -> Sequence[PriceRow]:
    account = scope.runtime.database.row(
        _tier_of_account, workspace=scope.workspace_id, id=account_id
    )
    if account is None:
        detail = "there is no such billing account"
        raise ValidationFailed([FieldError("?billing_account_id", "not_found", detail)])
    if at < now:
        return prices.rows_as_of(scope, product_id, account_id, account[0], at)
    return prices.rows_for_account(scope, [product_id], account_id, account[0]).get(product_id, [])


def _fields(scope: Scope, sku: str, rows: Sequence[PriceRow], qty: int, at: int) -> Fields:
    decision = pricing.choose(rows, qty, at)
    won = decision.winner
    base = pricing.base_price(rows, qty, at)
    return {
        "sku": sku,
        "qty": qty,
        "at": moments.text(at),
        "unit_price": None if won is None else money.unit_price_text(won.price),
        "line_total": None
        if won is None
        else money.amount_text(money.line_total(won.price, qty, scope.decimals), scope.decimals),
        "price": None if won is None else prices.price_fields(won, base),
        "candidates": [prices.candidate_fields(candidate) for candidate in decision.candidates],
    }
