"""Reading price rows for the one pricing rule, and telling what it decided.

Everything that asks for a price (quote, order, price question, panel, command line) comes here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import peewee

from expressb2b_core import money
from expressb2b_core.inputs.moments import optional_text
from expressb2b_core.rules.pricing import Candidate, PriceRow
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import ListStatement, Statement, param

P = tables.PriceRow
_COLUMNS = (P.product, P.id, P.tier, P.account, P.price, P.min_qty, P.valid_from, P.valid_to)

_open_for_account = ListStatement(
    lambda products: P.select(*_COLUMNS).where(
        P.product.in_(products)
        & P.closed_at.is_null()
        & (P.currency == param("currency"))
        & (P.account.is_null() | (P.account == param("account")))
        & (P.tier.is_null() | (P.tier == param("tier")))
    )
)


def _as_of() -> peewee.Query:
    """From the last row of each key back to the one that was the price at that moment."""
    last = P.select(P.id, P.recorded_at, P.replaces).where(
        (P.product == param("product"))
        & (P.currency == param("currency"))
        & (P.account.is_null() | (P.account == param("account")))
        & (P.tier.is_null() | (P.tier == param("tier")))
    )
    # Two queries, as each has its index.
    ends = last.where(P.closed_at.is_null()).union_all(
        last.where(P.closed_at.is_null(False) & ~P.replaced)
    )
    walked = ends.cte("walked", recursive=True, columns=("id", "recorded_at", "replaces"))
    before = P.alias()
    back = before.select(before.id, before.recorded_at, before.replaces).join(
        walked, on=(before.id == walked.c.replaces) & (walked.c.recorded_at > param("at"))
    )
    walked = walked.union_all(back)
    return (
        P.select(*_COLUMNS)
        .join(walked, on=P.id == walked.c.id)
        .where(
            (P.recorded_at <= param("at")) & (P.closed_at.is_null() | (P.closed_at > param("at")))
        )
        .with_cte(walked)
    )


_as_of_for_account = Statement(_as_of)


def rows_for_account(
    scope: Scope, product_ids: Sequence[int], account_id: str, tier: str | None
) -> dict[int, list[PriceRow]]:
    """Today's rows that this account could be priced by, for each of these products."""
    rows = scope.runtime.database.rows_in(
        _open_for_account, product_ids, currency=scope.currency, account=account_id, tier=tier
    )
    found: dict[int, list[PriceRow]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(PriceRow._make(row[1:]))
    return found


def rows_as_of(
    scope: Scope, product_id: int, account_id: str, tier: str | None, at: int
) -> list[PriceRow]:
    """The same as they stood at a past second; the tier is the one given, today's."""
    rows = scope.runtime.database.rows(
        _as_of_for_account,
        product=product_id,
        at=at,
        currency=scope.currency,
        account=account_id,
        tier=tier,
    )
    return [PriceRow._make(row[1:]) for row in rows]


def candidate_fields(candidate: Candidate) -> dict[str, object]:
    """One candidate and its verdict, as quote, proof and price question show it."""
    row = candidate.row
    return {
        "source": candidate.source,
        "tier": row.tier,
        "billing_account_id": row.billing_account_id,
        "price": money.unit_price_text(row.price),
        "min_qty": row.min_qty,
        "valid_from": optional_text(row.valid_from),
        "valid_to": optional_text(row.valid_to),
        "verdict": candidate.verdict,
    }


def price_fields(winner: PriceRow, base: int | None) -> dict[str, object]:
    """Where a line's price comes from: the `price` of an order's item."""
    return {
        "source": winner.source,
        "tier": winner.tier,
        "min_qty": winner.min_qty,
        "base_price": None if base is None else money.unit_price_text(base),
    }
