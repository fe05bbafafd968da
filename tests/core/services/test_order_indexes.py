"""Lists of orders walk an index, whatever they filter and however they are sorted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services import document_listing
from tests.builders import Customer, customer, napkin, order
from tests.core.services.query_plans import plans

FROM, SINCE, TO = "2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z", "2028-03-20"
ONE, FOUR = ["approved"], ["approved", "fulfilled", "rejected", "cancelled"]
SORTS = ("-created_at", "created_at", "-updated_at", "updated_at")
FILTERS: Mapping[str, Callable[[Customer], Mapping[str, Any]]] = {
    "nothing": lambda of: {},
    "status": lambda of: {"status": ONE},
    "four states": lambda of: {"status": FOUR},
    "account": lambda of: {"billing_account_id": of.account_id},
    "site": lambda of: {"site_id": of.site_id},
    "PO number": lambda of: {"po_number": "PO-1"},
    "created from": lambda of: {"created_from": FROM},
    "created to": lambda of: {"created_to": TO},
    "created within": lambda of: {"created_from": FROM, "created_to": TO},
    "updated since": lambda of: {"updated_since": SINCE},
    "status, updated": lambda of: {"status": ONE, "updated_since": SINCE},
    "states, created": lambda of: {"status": FOUR, "created_from": FROM},
    "account, status": lambda of: {"billing_account_id": of.account_id, "status": ONE},
    "account, created": lambda of: {"billing_account_id": of.account_id, "created_from": FROM},
    "account, site": lambda of: {"billing_account_id": of.account_id, "site_id": of.site_id},
    "PO number, states": lambda of: {"po_number": "PO-1", "status": FOUR},
}

# What reads all rows there are, and what sorts them: nodes of a plan.
_FORBIDDEN = {
    "sqlite": re.compile(r"SCAN (?!page|CONSTANT)|TEMP B-TREE"),
    "postgresql": re.compile(r"Seq Scan|(^|-> +)(Incremental )?Sort "),
}


@pytest.fixture
def buyer(shop: Workspace) -> Customer:
    """Who has placed two orders that every filter here lets pass."""
    napkin(shop)
    found = customer(shop)
    for _ in range(2):
        order(shop, found, po_number="PO-1")
    return found


def in_order(b2b: ExpressB2B, query: Callable[[], object]) -> None:
    found = plans(b2b, query)
    assert found
    forbidden = _FORBIDDEN[b2b.runtime.database.dialect.name]
    for plan in found:
        for line in plan.splitlines():
            assert not forbidden.search(line), plan


@pytest.mark.parametrize("name", FILTERS)
def test_a_list_neither_scans_nor_sorts(
    b2b: ExpressB2B, shop: Workspace, buyer: Customer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_listing, "FEW", 0)  # these are many
    monkeypatch.setattr(document_listing, "FEW_AT_THE_END", 0)

    for sort in SORTS:
        query = {**FILTERS[name](buyer), "sort": sort, "per_page": 1}
        first = shop.orders.list(**query)
        assert first.total == 2
        in_order(b2b, lambda query=query: shop.orders.list(**query))  # type: ignore[misc]
        onward = {**query, "cursor": first.next_cursor}
        in_order(b2b, lambda query=onward: shop.orders.list(**query))  # type: ignore[misc]


@pytest.mark.parametrize("sort", ["-created_at", "created_at"])
def test_a_few_that_changed_lately_are_found_by_their_time_and_then_sorted(
    b2b: ExpressB2B, shop: Workspace, buyer: Customer, sort: str
) -> None:
    *_, page = plans(b2b, lambda: shop.orders.list(updated_since=SINCE, sort=sort))

    assert "updated_at" in page
    assert not re.search("SCAN (?!page|CONSTANT)|Seq Scan", page)


def test_a_page_is_one_row(b2b: ExpressB2B, shop: Workspace, buyer: Customer) -> None:
    rows: list[int] = []
    database = b2b.runtime.database
    read = database._read

    def counted(sql: str, values: Any, fetch: Any) -> Any:
        def noted(cursor: Any) -> Any:
            rows.append(len(found := cursor.fetchall()))
            return found[0]

        return read(sql, values, noted)

    database._read = counted  # type: ignore[method-assign]
    page = shop.orders.list()

    assert rows == [1]
    assert len(page) == page.total == 2
