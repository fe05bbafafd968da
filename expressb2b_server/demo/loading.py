"""Filling an empty workspace: customers, catalog, the year's orders, and the page's own order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import Conflict
from expressb2b_server.demo import assortment as catalog
from expressb2b_server.demo import year
from expressb2b_server.demo.accounts import KnownCustomer, open_account
from expressb2b_server.demo.customers import CLOSED, CUSTOMERS
from expressb2b_server.demo.desk import Desk
from expressb2b_server.demo.past import PastShop
from expressb2b_server.demo.working_hours import DAY
from expressb2b_server.demo.year import Step

Progress = Callable[[str, int, int], None]
"""Called with what is being made, how many there are already, and how many there will be."""

_OPENED_DAYS_AGO = 400
_NEW_PRICES_DAYS_AGO = 75
_OLD_PRICES_PERCENT = 96
_STEPS_TOGETHER = 40


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was made. `sample_order_id` is the order of the product page, waiting for approval."""

    workspace: str
    tiers: int
    products: int
    accounts: int
    sites: int
    contacts: int
    orders: int
    orders_by_status: Mapping[str, int]
    sample_order_id: str


def load_demo(
    b2b: ExpressB2B, *, workspace: str = "default", progress: Progress | None = None
) -> DemoSummary:
    """Make a wholesaler and a year of its orders in an empty workspace.

    It takes a few seconds, in many short transactions: a server on the same database goes on
    working. If it is interrupted, what was made stays; load again into another workspace.

    Args:
        b2b: The database.
        workspace: Its name; it must exist.
        progress: Called now and then, with `customers`, `products` or `orders` and two figures.

    Raises:
        NotFound: there is no such workspace.
        Conflict: it is not empty.
    """
    return _Loader(PastShop(b2b, workspace), progress or _nobody_watches).load()


class _Loader:
    def __init__(self, shop: PastShop, progress: Progress) -> None:
        self._shop = shop
        self._progress = progress
        self._assortment = catalog.articles()
        self._now = shop.opened_at

    def load(self) -> DemoSummary:
        self._shop.clock.seconds = self._now - _OPENED_DAYS_AGO * DAY
        customers = self._shop.database.write(self._open)
        self._progress("customers", len(customers), len(customers))
        self._fill_catalog([customer.account_id for customer in customers])
        self._progress("products", len(self._assortment), len(self._assortment))
        self._live_through(self._steps(customers))
        self._shop.clock.seconds = self._now
        sample_order_id = self._shop.database.write(lambda: self._today(customers[0]))
        self._progress("orders", year.ORDERS + 1, year.ORDERS + 1)
        return self._summary(sample_order_id)

    def _open(self) -> list[KnownCustomer]:
        shop = self._shop.sales
        self._refuse_unless_empty()
        for code, name in catalog.TIERS.items():
            shop.tiers.put(code, name=name)
        return [open_account(shop, customer, n) for n, customer in enumerate(CUSTOMERS, start=1)]

    def _refuse_unless_empty(self) -> None:
        shop = self._shop.sales
        found = {
            "products": shop.products.list(per_page=1).total,
            "pricing tiers": shop.tiers.list(per_page=1).total,
            "billing accounts": shop.accounts.list(per_page=1).total,
            # They would be sent a year of events.
            "webhook endpoints": shop.webhooks.list(per_page=1).total,
        }
        there = ", ".join(f"{count} {what}" for what, count in found.items() if count)
        if there:
            raise Conflict(
                f"The workspace {shop.name!r} is not empty ({there}); demo data goes into an "
                "empty one only. Make another workspace for it."
            )

    def _fill_catalog(self, account_ids: Sequence[str]) -> None:
        self._upsert(catalog.opening_catalog(self._assortment, _OLD_PRICES_PERCENT))
        self._upsert(catalog.agreements(self._assortment, account_ids))

    def _steps(self, customers: Sequence[KnownCustomer]) -> list[Step]:
        new_prices = Step(self._now - _NEW_PRICES_DAYS_AGO * DAY, self._raise_prices)
        steps = year.plan(Desk(self._shop), customers, self._assortment, self._now)
        return sorted([new_prices, *steps], key=lambda step: step.at)

    def _raise_prices(self) -> None:
        self._upsert(catalog.price_list(self._assortment, 100))
        self._upsert(catalog.campaigns(self._assortment, self._now))

    def _live_through(self, steps: Sequence[Step]) -> None:
        placed = 0
        for start in range(0, len(steps), _STEPS_TOGETHER):
            part = steps[start : start + _STEPS_TOGETHER]
            self._shop.database.write(partial(self._do, part))
            placed += sum(step.orders for step in part)
            self._progress("orders", placed, year.ORDERS + 1)

    def _do(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self._shop.clock.seconds = step.at
            step.act()

    def _today(self, midwest: KnownCustomer) -> str:
        shop = self._shop.sales
        self._count_stock()
        for sku in catalog.discontinued(self._assortment):
            shop.products.archive(sku)
        (closed,) = shop.accounts.list(q=CLOSED)
        shop.accounts.update(closed.id, active=False)
        return shop.orders.place(
            billing_account_id=midwest.account_id,
            site_id=midwest.site_ids[0],
            items=[{"sku": catalog.NAPKIN, "qty": 4}],
        ).id

    def _count_stock(self) -> None:
        """Yesterday's shelves were full for the year's orders; now they look like shelves."""
        products = self._shop.sales.products.iterate(per_page=100)
        reserved = {product.sku: int(product["inventory"]["reserved"]) for product in products}
        levels = catalog.stock_count(self._assortment, reserved)
        counted = self._shop.warehouse.inventory.set_levels(levels)
        assert not counted.failed, counted.failed

    def _upsert(self, products: Sequence[Mapping[str, object]]) -> None:
        self._shop.sales.products.upsert_many(products, atomic=True)

    def _summary(self, sample_order_id: str) -> DemoSummary:
        shop = self._shop.sales
        accounts = list(shop.accounts.iterate())
        statuses = Counter(order.status for order in shop.orders.iterate(per_page=100))
        return DemoSummary(
            workspace=shop.name,
            tiers=shop.tiers.list().total,
            products=shop.products.list().total,
            accounts=len(accounts),
            sites=sum(account.sites_count for account in accounts),
            contacts=sum(shop.contacts.list(account.id).total for account in accounts),
            orders=statuses.total(),
            orders_by_status=dict(statuses),
            sample_order_id=sample_order_id,
        )


def _nobody_watches(stage: str, done: int, total: int) -> None:
    """Progress for a caller who wants none."""
