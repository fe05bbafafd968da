"""Does every price of every order follow from its stored proof, by the rule of today?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from expressb2b_core import money
from expressb2b_core.inputs import moments
from expressb2b_core.rules import pricing
from expressb2b_core.rules.pricing import PriceRow
from expressb2b_core.runtime import Runtime
from expressb2b_core.services import prices
from expressb2b_core.services.health.findings import RESTORE, Finding
from expressb2b_core.services.health.order_reading import LineRow, StoredOrder, stored_orders

Entry = dict[str, Any]


def check(runtime: Runtime) -> Iterator[Finding]:
    """Orders without a proof, and lines whose price does not come out of it again."""
    for order in stored_orders(runtime):
        if order.proof is None:
            yield order.row.finding("the proof of its prices is missing", RESTORE)
            continue
        entries: list[Entry] = json.loads(order.proof)["items"]
        if [entry["line"] for entry in entries] != [line.line for line in order.lines]:
            yield order.row.finding("its proof has other lines", RESTORE)
            continue
        yield from _check_lines(order, entries)


def _check_lines(order: StoredOrder, entries: Sequence[Entry]) -> Iterator[Finding]:
    for line, entry in zip(order.lines, entries, strict=True):
        if not _proves(entry, line, order.row.created_at):
            detail = f"the price of line {line.line} does not follow from its proof"
            yield order.row.finding(detail, RESTORE)


def _proves(entry: Entry, line: LineRow, at: int) -> bool:
    rows = [_price_row(index, one) for index, one in enumerate(entry["candidates"])]
    decision = pricing.choose(rows, line.qty, at)
    if decision.winner is None or decision.winner.price != line.unit_price:
        return False
    base = pricing.base_price(rows, line.qty, at)
    derived = {
        "line": line.line,
        "sku": line.sku,
        "qty": line.qty,
        "unit_price": money.unit_price_text(line.unit_price),
        "price": prices.price_fields(decision.winner, base),
        "candidates": [prices.candidate_fields(one) for one in decision.candidates],
    }
    return derived == entry


def _price_row(index: int, candidate: Entry) -> PriceRow:
    """A candidate as the rule takes it. Ids are not kept, but candidates stand in their order."""
    return PriceRow(
        id=index,
        tier=candidate["tier"],
        billing_account_id=candidate["billing_account_id"],
        price=money.unit_price(candidate["price"]),
        min_qty=candidate["min_qty"],
        valid_from=moments.parse_optional(candidate["valid_from"]),
        valid_to=moments.parse_optional(candidate["valid_to"]),
    )
