"""Orders as rows: one for each line, with what is the same for the whole order repeated."""

from __future__ import annotations

from collections.abc import Iterator

from expressb2b_core.services.order_documents import Order
from expressb2b_core.services.spreadsheets.cells import cell

_OF_ORDER = {
    "number": "number",
    "id": "id",
    "status": "status",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "account_id": "billing_account.id",
    "account": "billing_account.name",
    "pricing_tier": "billing_account.pricing_tier",
    "site_id": "site.id",
    "site": "site.name",
    "po_number": "po_number",
    "external_id": "external_id",
    "currency": "currency",
    "order_subtotal": "subtotal",
    "order_total": "total",
}
_OF_LINE = {
    "line": "line",
    "sku": "sku",
    "name": "name",
    "qty": "qty",
    "unit_price": "unit_price",
    "line_total": "line_total",
    "price_source": "price.source",
}
COLUMNS = (*_OF_ORDER, *_OF_LINE)


def export_rows(order: Order) -> Iterator[list[str]]:
    """The lines of an order as rows of `COLUMNS`."""
    shared = [cell(_at(order.to_dict(), path)) for path in _OF_ORDER.values()]
    for item in order.items:
        yield [*shared, *(cell(_at(item, path)) for path in _OF_LINE.values())]


def _at(fields: object, path: str) -> object:
    for name in path.split("."):
        assert isinstance(fields, dict)
        fields = fields[name]
    return fields
