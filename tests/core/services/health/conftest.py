"""A workspace in which a little of everything has happened, and a way to spoil it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services.health import CHECKS, Finding, examine
from tests import builders

Spoil = Callable[..., None]


@pytest.fixture
def busy(shop: Workspace) -> Workspace:
    """Orders 1001 (waiting), 1002 (fulfilled), 1003 (rejected), 1004 (approved)."""
    builders.napkin(shop, inventory={"on_hand": 100})
    everyday = builders.customer(shop)
    supervised = builders.customer(shop, {"name": "manager", "min_total": "0"})
    builders.order(shop, supervised)
    shop.orders.fulfill(builders.order(shop, everyday).id)
    shop.approvals.reject(builders.order(shop, supervised).id, reason="no")
    builders.order(
        shop, everyday, charges=[{"kind": "shipping", "label": "Freight", "amount": "12.00"}]
    )
    return shop


@pytest.fixture
def spoil(b2b: ExpressB2B) -> Spoil:
    """Change the database behind the services' back."""

    def run(sql: str, *values: object) -> None:
        b2b.runtime.database.write(lambda: b2b.runtime.database.run_sql(sql, values))  # type: ignore[arg-type]

    return run


@pytest.fixture
def found(b2b: ExpressB2B) -> Callable[[str], list[Finding]]:
    """What the check of this name finds."""
    checks = {check.name: check for check in CHECKS}
    return lambda name: examine(b2b.runtime, checks[name])
