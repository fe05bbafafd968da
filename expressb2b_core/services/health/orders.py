"""Do orders read like their rows, and do their figures add up?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from expressb2b_core import money
from expressb2b_core.inputs.moments import text
from expressb2b_core.rules import order_states
from expressb2b_core.runtime import Runtime
from expressb2b_core.services.health.findings import RESTORE, Finding
from expressb2b_core.services.health.order_reading import OrderRow, StoredOrder, stored_orders

Document = dict[str, Any]


def check_documents(runtime: Runtime) -> Iterator[Finding]:
    """Orders whose document says something else than their rows."""
    for order in stored_orders(runtime):
        document: Document = json.loads(order.row.document)
        differing = [
            name
            for name, expected in _expected(order.row).items()
            if _at(document, name) != expected
        ]
        if _document_lines(document) != _stored_lines(order):
            differing.append("items")
        if differing:
            detail = f"its document differs from its rows in {', '.join(differing)}"
            yield order.row.finding(detail, RESTORE)


def check_totals(runtime: Runtime) -> Iterator[Finding]:
    """Orders whose lines, subtotal or total are not what comes out when they are added again."""
    for order in stored_orders(runtime):
        row = order.row
        decimals = money.currency_decimals(row.currency)
        if not order.lines:
            yield row.finding("it has no lines", RESTORE)
        for line in order.lines:
            if line.line_total != money.line_total(line.unit_price, line.qty, decimals):
                yield row.finding(f"line {line.line} is not price times quantity", RESTORE)
        if row.subtotal != sum(line.line_total for line in order.lines):
            yield row.finding("its subtotal is not the sum of its lines", RESTORE)
        if row.total != money.total(row.subtotal, _charges(row, decimals)):
            yield row.finding("its total is not the subtotal with all charges", RESTORE)


def _expected(row: OrderRow) -> dict[str, object]:
    decimals = money.currency_decimals(row.currency)
    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        "allowed_actions": list(order_states.allowed_actions(row.status)),
        "revision": row.revision,
        "billing_account.id": row.account_id,
        "site.id": row.site_id,
        "placed_by": row.placed_by,
        "currency": row.currency,
        "subtotal": money.amount_text(row.subtotal, decimals),
        "total": money.amount_text(row.total, decimals),
        "po_number": row.po_number,
        "external_id": row.external_id,
        "created_at": text(row.created_at),
        "updated_at": text(row.updated_at),
    }


def _at(document: Document, path: str) -> object:
    outer, _, inner = path.partition(".")
    found = document.get(outer)
    return found.get(inner) if inner and isinstance(found, dict) else found


def _document_lines(document: Document) -> list[tuple[object, ...]]:
    names = ("line", "sku", "qty", "unit_price", "line_total")
    return [tuple(item.get(name) for name in names) for item in document.get("items", ())]


def _stored_lines(order: StoredOrder) -> list[tuple[object, ...]]:
    decimals = money.currency_decimals(order.row.currency)
    return [
        (
            line.line,
            line.sku,
            line.qty,
            money.unit_price_text(line.unit_price),
            money.amount_text(line.line_total, decimals),
        )
        for line in order.lines
    ]


def _charges(row: OrderRow, decimals: int) -> list[int]:
    document: Document = json.loads(row.document)
    return [money.amount(charge["amount"], decimals) for charge in document["charges"]]
