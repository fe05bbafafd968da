"""The HTTP face on a database in memory, with a clock that stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_server.app import Application, create_app
from expressb2b_server.settings import Settings
from tests.client import Client
from tests.clocks import FakeClock

SECRET = b"a secret for tests"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def b2b(clock: FakeClock, database_address: str) -> Iterator[ExpressB2B]:
    with ExpressB2B(database_address, secret=SECRET, clock=clock) as opened:
        yield opened


@pytest.fixture
def shop(b2b: ExpressB2B) -> Workspace:
    return b2b.workspace("default")


@pytest.fixture
def stranger(b2b: ExpressB2B) -> Workspace:
    return b2b.create_workspace("stranger")


@pytest.fixture
def app(b2b: ExpressB2B) -> Application:
    return create_app(b2b, Settings())


@pytest.fixture
def client(app: Application, shop: Workspace) -> Client:
    """With a key that may do everything."""
    return Client(app, shop.keys.create("ERP").key)


@dataclass(frozen=True)
class Customer:
    """An account that can order: its site, and two people who may approve."""

    account_id: str
    site_id: str
    buyer_id: str
    approver_id: str

    def order(self, sku: str = "NAP", qty: int = 4, **more: object) -> dict[str, object]:
        """The body of an order."""
        return {
            "billing_account_id": self.account_id,
            "site_id": self.site_id,
            "items": [{"sku": sku, "qty": qty}],
            **more,
        }


def make_customer(shop: Workspace, *, min_total: str | None = None) -> Customer:
    """An account with a product `NAP` at 38.50 to buy; approval from `min_total` on, if given."""
    shop.products.upsert(sku="NAP", name="Napkin", base_price="38.50")
    levels = [] if min_total is None else [{"name": "manager", "min_total": min_total}]
    account = shop.accounts.create(
        name="Midwest Restaurant Group",
        sites=[{"name": "Chicago — Loop"}],
        approval={"levels": levels},
    )
    buyer = shop.contacts.create(account.id, name="Bo", email="bo@example.com", roles=["buyer"])
    approver = shop.contacts.create(
        account.id, name="Ana", email="ana@example.com", roles=["approver"]
    )
    return Customer(account.id, account.sites[0]["id"], buyer.id, approver.id)


@pytest.fixture
def customer(shop: Workspace) -> Customer:
    return make_customer(shop)


@pytest.fixture
def supervised(shop: Workspace) -> Customer:
    """A customer whose every order needs one approval."""
    return make_customer(shop, min_total="0")
