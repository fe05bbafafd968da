"""Small builders: a product, an account with a site, people, an order. A test says what matters."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services.order_documents import Order

NAPKIN = "NAP-LIN-WHT-200"
NOBODY = "01936a11-0000-7000-8000-000000000000"
"""An id that nothing has."""

_numbers = itertools.count()


def new_shop(b2b: ExpressB2B, currency: str = "USD") -> Workspace:
    """An empty workspace: quicker than a database of its own for each example of a property."""
    return b2b.create_workspace(f"shop-{next(_numbers)}", currency=currency)


@dataclass(frozen=True)
class Customer:
    """An account and its first site."""

    account_id: str
    site_id: str


def napkin(shop: Workspace, **fields: Any) -> None:
    """The product of the product page: 41.00, and 34.00 for the tier volume_b."""
    shop.tiers.put("volume_b", name="Volume B")
    given: dict[str, Any] = {
        "sku": NAPKIN,
        "name": "Linen napkin, white, 200 pcs",
        "base_price": "41.00",
        "pricing": [{"tier": "volume_b", "price": "34.00"}],
    }
    shop.products.upsert(**(given | fields))


def customer(shop: Workspace, *levels: dict[str, Any], **fields: Any) -> Customer:
    """Midwest Restaurant Group with its site Chicago — Loop, and these approval levels."""
    given: dict[str, Any] = {"name": "Midwest Restaurant Group"} | fields
    account = shop.accounts.create(**given)
    site = shop.sites.create(account.id, name="Chicago — Loop")
    if levels:
        shop.accounts.update(account.id, approval={"levels": list(levels)})
    return Customer(account.id, site.id)


def person(shop: Workspace, of: Customer, name: str = "Ana", **fields: Any) -> str:
    """A contact who may buy and approve; the id."""
    given: dict[str, Any] = {
        "name": name,
        "email": f"{name.lower()}@example.com",
        "roles": ["buyer", "approver"],
    }
    return shop.contacts.create(of.account_id, **(given | fields)).id


def order(shop: Workspace, of: Customer, qty: int = 4, sku: str = NAPKIN, **fields: Any) -> Order:
    """Place an order of one line."""
    return shop.orders.place(
        billing_account_id=of.account_id,
        site_id=of.site_id,
        items=[{"sku": sku, "qty": qty}],
        **fields,
    )


def open_tiers(shop: Workspace) -> None:
    """Two tiers, `volume_a` and `volume_b`."""
    shop.tiers.put("volume_a", name="Volume A")
    shop.tiers.put("volume_b", name="Volume B")
