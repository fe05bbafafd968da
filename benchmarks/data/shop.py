"""The wholesaler that all data sets have: catalog, price levels, customers, and nothing ordered."""

from __future__ import annotations

from dataclasses import dataclass

from expressb2b_core import Workspace
from expressb2b_core.inputs.accounts import LevelInput
from expressb2b_server.demo.chance import Chance

TIERS = {"volume_a": "Volume A", "volume_b": "Volume B", "contract": "Contract"}
ENOUGH = 10**9
"""Units on hand, so that no order is refused for want of stock."""


@dataclass(frozen=True)
class ShopSize:
    """How many of each there are."""

    products: int = 1000
    accounts: int = 100
    sites_of_each: int = 2


@dataclass(frozen=True)
class Customer:
    """An account as far as those who order for it need to know it."""

    account_id: str
    site_ids: tuple[str, ...]
    approver_id: str


@dataclass(frozen=True)
class Shop:
    """Who orders, and what there is to order."""

    customers: tuple[Customer, ...]
    skus: tuple[str, ...]


def open_shop(workspace: Workspace, size: ShopSize = ShopSize()) -> Shop:
    """Make the wholesaler in an empty workspace, through the services."""
    for code, name in TIERS.items():
        workspace.tiers.put(code, name=name)
    skus = tuple(f"SKU-{number:05d}" for number in range(size.products))
    for start in range(0, size.products, 500):
        products = [_product(sku) for sku in skus[start : start + 500]]
        workspace.products.upsert_many(products, atomic=True)
    customers = tuple(_customer(workspace, number, size) for number in range(size.accounts))
    return Shop(customers, skus)


def _product(sku: str) -> dict[str, object]:
    chance = Chance("product", sku)
    cents = chance.between(500, 12_000)
    return {
        "sku": sku,
        "name": f"Table linen no. {sku[4:]}, white, {chance.between(2, 40) * 10} pcs",
        "base_price": _price(cents),
        "pricing": [
            {"tier": tier, "price": _price(cents * (97 - 5 * place) // 100)}
            for place, tier in enumerate(TIERS)
        ],
        "inventory": {"on_hand": ENOUGH},
    }


def _customer(workspace: Workspace, number: int, size: ShopSize) -> Customer:
    """One account; four of five have their orders approved by a manager."""
    levels: list[LevelInput] = [{"name": "manager", "min_total": "0"}] if number % 5 else []
    account = workspace.accounts.create(
        name=f"Restaurant Group no. {number}",
        external_id=f"C-{number:04d}",
        pricing_tier=list(TIERS)[number % len(TIERS)],
        sites=[{"name": f"Dining room {place}"} for place in range(1, size.sites_of_each + 1)],
        approval={"levels": levels},
    )
    approver = workspace.contacts.create(
        account.id,
        name=f"Manager no. {number}",
        email=f"manager{number}@example.com",
        roles=["approver"],
    )
    return Customer(account.id, tuple(site["id"] for site in account.sites), approver.id)


def _price(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
