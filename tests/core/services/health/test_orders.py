"""An order whose rows, document and proof disagree is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from expressb2b_core import Workspace
from expressb2b_core.services.health import Finding
from tests.core.services.health.conftest import Spoil

Found = Callable[[str], list[Finding]]


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("UPDATE orders SET status = 'cancelled' WHERE number = 1004", "status"),
        ("UPDATE orders SET total = 1 WHERE number = 1004", "total"),
        ("UPDATE orders SET revision = 9 WHERE number = 1004", "revision"),
        ("UPDATE orders SET po_number = 'PO' WHERE number = 1004", "po_number"),
        ("UPDATE orders SET updated_at = 0 WHERE number = 1004", "updated_at"),
        (
            "UPDATE orders SET document = replace(document, 'fulfill', '') WHERE number = 1004",
            "allowed_actions",
        ),
        (
            "UPDATE order_lines SET qty = 7 FROM orders WHERE order_id = id AND number = 1004",
            "items",
        ),
    ],
)
def test_a_document_that_differs_from_its_rows_is_found(
    busy: Workspace, spoil: Spoil, found: Found, sql: str, name: str
) -> None:
    spoil(sql)

    findings = found("documents")

    assert [finding.where for finding in findings] == ["order 1004 of default"]
    assert name in findings[0].detail


@pytest.mark.parametrize(
    ("sql", "detail"),
    [
        ("UPDATE order_lines SET line_total = 1", "line 1 is not price times quantity"),
        ("UPDATE orders SET subtotal = 1", "subtotal is not the sum"),
        ("UPDATE orders SET total = 1", "total is not the subtotal"),
        ("DELETE FROM order_lines", "no lines"),
    ],
)
def test_figures_that_do_not_add_up_are_found(
    busy: Workspace, spoil: Spoil, found: Found, sql: str, detail: str
) -> None:
    spoil(sql)

    assert any(detail in finding.detail for finding in found("totals"))


@pytest.mark.parametrize(
    ("sql", "detail"),
    [
        ("DELETE FROM order_proofs", "proof of its prices is missing"),
        ("DELETE FROM order_lines", "other lines"),
        ("UPDATE order_lines SET unit_price = 1", "does not follow"),
        (
            "UPDATE order_proofs SET document = replace(document, 'outranked', 'expired')",
            "does not follow",
        ),
        (
            "UPDATE order_proofs SET document = replace(document, '41.00', '40.00')",
            "does not follow",
        ),
    ],
)
def test_a_price_that_its_proof_does_not_prove_is_found(
    busy: Workspace, spoil: Spoil, found: Found, sql: str, detail: str
) -> None:
    busy.accounts.update(next(iter(busy.accounts.list())).id, pricing_tier="volume_b")
    account = next(iter(busy.accounts.list()))
    site = busy.sites.create(account.id, name="Airport")
    busy.orders.place(
        billing_account_id=account.id,
        site_id=site.id,
        items=[{"sku": "NAP-LIN-WHT-200", "qty": 2}],
    )
    assert found("prices") == []

    spoil(sql)

    assert any(detail in finding.detail for finding in found("prices"))
