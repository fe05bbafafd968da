"""Reserved stock that nobody holds is found, and counted again."""

from __future__ import annotations

from collections.abc import Callable

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services import audit
from expressb2b_core.services.health import Finding, stock
from tests.builders import NAPKIN
from tests.core.services.health.conftest import Spoil

Found = Callable[[str], list[Finding]]


def test_a_wrong_count_is_found_and_counted_again(
    b2b: ExpressB2B, busy: Workspace, spoil: Spoil, found: Found
) -> None:
    spoil("UPDATE products SET reserved = 99")

    (finding,) = found("stock")
    fixed = stock.fix(b2b.runtime)

    assert finding.fixable
    assert finding.detail == "99 are reserved, its open orders hold 8"
    assert fixed == 1
    assert next(iter(audit.entries(busy.scope))).action == "stock.recounted"
    assert busy.products.get(NAPKIN).inventory["reserved"] == 8
    assert found("stock") == []


def test_a_finished_order_that_holds_stock_is_found_and_lets_go(
    b2b: ExpressB2B, busy: Workspace, spoil: Spoil, found: Found
) -> None:
    spoil(
        "UPDATE order_lines SET reserved = 4"
        " WHERE order_id = (SELECT id FROM orders WHERE number = 1003)"
    )

    (finding,) = found("stock")
    stock.fix(b2b.runtime)

    assert finding.where == "order 1003 of default"
    assert found("stock") == []


def test_fixing_what_is_sound_changes_nothing(b2b: ExpressB2B, busy: Workspace) -> None:
    assert stock.fix(b2b.runtime) == 0
