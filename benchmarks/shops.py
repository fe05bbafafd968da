"""A shop to measure on: a database on disk that is thrown away, and orders to place in it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.inputs.accounts import LevelInput
from expressb2b_core.rules.webhook_urls import parse_allow_nets
from expressb2b_core.services.order_documents import Order

LOOPBACK = parse_allow_nets("127.0.0.0/8")


@contextmanager
def throwaway_shop() -> Iterator[ExpressB2B]:
    """A new database on disk whose webhooks may go anywhere."""
    with tempfile.TemporaryDirectory() as folder, open_shop(f"{folder}/shop.db") as b2b:
        yield b2b


def open_shop(path: str) -> ExpressB2B:
    """The database in this file, whose webhooks may go anywhere."""
    return ExpressB2B(f"sqlite:///{path}", check_webhook_url=lambda url: None)


def order_maker(shop: Workspace, *, approved: bool) -> Callable[[], Order]:
    """What places an order of one line; two events where it is approved at once, else one."""
    shop.products.upsert(sku="NAP", name="Linen napkin, white, 200 pcs", base_price="41.00")
    account = shop.accounts.create(name="Midwest Restaurant Group")
    site = shop.sites.create(account.id, name="Chicago — Loop")
    if not approved:
        levels: list[LevelInput] = [{"name": "manager", "min_total": "0.00"}]
        shop.accounts.update(account.id, approval={"levels": levels})
    return lambda: shop.orders.place(
        billing_account_id=account.id, site_id=site.id, items=[{"sku": "NAP", "qty": 4}]
    )
