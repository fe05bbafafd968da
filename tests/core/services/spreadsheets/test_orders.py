"""Orders as rows, one for each line."""

from __future__ import annotations

from expressb2b_core import Workspace
from expressb2b_core.services.spreadsheets import orders
from tests import builders


def test_each_line_is_a_row_that_repeats_its_order(shop: Workspace) -> None:
    builders.napkin(shop)
    shop.products.upsert(sku="TOW", name="Towel", base_price="2.00")
    buyer = builders.customer(shop, pricing_tier="volume_b")
    placed = shop.orders.place(
        billing_account_id=buyer.account_id,
        site_id=buyer.site_id,
        po_number="=PO",
        items=[{"sku": builders.NAPKIN, "qty": 4}, {"sku": "TOW", "qty": 1}],
    )

    rows = [dict(zip(orders.COLUMNS, row, strict=True)) for row in orders.export_rows(placed)]

    assert [(row["line"], row["sku"], row["line_total"]) for row in rows] == [
        ("1", builders.NAPKIN, "136.00"),
        ("2", "TOW", "2.00"),
    ]
    assert {row["order_total"] for row in rows} == {"138.00"}
    assert rows[0]["price_source"] == "tier"
    assert rows[0]["po_number"] == "'=PO"
    assert rows[0]["site"] == "Chicago — Loop"
