"""Data sets on disk, made once and copied for each measurement: the database, and what to ask for.

Beside the generated rows a set has what requests need: an API key without narrow limits and one
webhook endpoint, which nothing can be delivered to, so that no receiver takes part.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.data.generator import SECRET, Tell, generate
from benchmarks.data.shop import Customer, Shop
from benchmarks.data.stretch import SECONDS_BETWEEN_ORDERS
from benchmarks.data.world import START
from expressb2b_core import ExpressB2B
from expressb2b_core.inputs import moments
from expressb2b_core.storage.dialects import SQLITE
from expressb2b_core.storage.schema import drawn

NO_LIMIT = 10**6
_DATABASE, _DESCRIPTION = "shop.db", "shop.json"


@dataclass(frozen=True)
class DataSet:
    """A database, and what there is to ask for in it."""

    folder: Path
    orders: int
    schema: str
    key: str
    customer: Customer
    skus: Sequence[str]
    order_id: str
    day: str

    @property
    def database(self) -> Path:
        return self.folder / _DATABASE

    @property
    def middle_day(self) -> str:
        """Half of the orders were placed on this day and later."""
        return moments.text(START + self.orders * SECONDS_BETWEEN_ORDERS // 2)[:10]

    def pending_ids(self) -> list[str]:
        """The orders that wait for approval, oldest first."""
        sql = "SELECT id FROM orders WHERE status = 'pending_approval' ORDER BY id"
        with closing(sqlite3.connect(self.database)) as connection:
            return [row[0] for row in connection.execute(sql)]


def data_set(folder: Path, orders: int, tell: Tell = lambda orders: None) -> DataSet:
    """The set of this size in this folder, made if it is not there yet."""
    if (folder / _DESCRIPTION).exists():
        found = read_set(folder)
        if (found.orders, found.schema) == (orders, _schema()):
            return found
    return make_set(folder, orders, tell)


def make_set(folder: Path, orders: int, tell: Tell = lambda orders: None) -> DataSet:
    """Make a set of this size in a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shop = generate(folder / _DATABASE, orders, tell=tell)
    with ExpressB2B(
        f"sqlite:///{folder / _DATABASE}", secret=SECRET, check_webhook_url=lambda url: None
    ) as b2b:
        described = _described(b2b, shop, orders)
    # Written last: a set that is not whole is made anew.
    (folder / _DESCRIPTION).write_text(json.dumps(described))
    return read_set(folder)


def _described(b2b: ExpressB2B, shop: Shop, orders: int) -> dict[str, object]:
    workspace = b2b.workspace()
    workspace.webhooks.register(url="https://127.0.0.1/never", events=["order.placed"])
    limits = dict.fromkeys(("read", "write", "webhook_registration"), NO_LIMIT)
    page = workspace.orders.list(status=["pending_approval"], per_page=100)
    last = list(page)[-1]
    return {
        "orders": orders,
        "schema": _schema(),
        "key": workspace.keys.create("benchmark", limits=limits).key,
        "customer": asdict(shop.customers[1]),
        "skus": shop.skus,
        "order_id": last.id,
        "day": last.created_at[:10],
    }


def _schema() -> str:
    """What the tables of this release are: a set made for others is no use."""
    return hashlib.sha256("\n".join(drawn(SQLITE)).encode()).hexdigest()


def read_set(folder: Path) -> DataSet:
    """The set in this folder."""
    described = json.loads((folder / _DESCRIPTION).read_text())
    customer = described.pop("customer")
    customer["site_ids"] = tuple(customer["site_ids"])
    return DataSet(folder=folder, customer=Customer(**customer), **described)
