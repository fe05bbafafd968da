"""The data sets of the benchmarks are what the services would have written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.data.contents import Key, Table, contents
from benchmarks.data.generator import generate, open_in
from benchmarks.data.repeating import Row
from benchmarks.data.shop import ShopSize, open_shop
from benchmarks.data.stretch import live_through
from benchmarks.data.world import World

SMALL = ShopSize(products=12, accounts=6, sites_of_each=2)
STRETCH = 20


def test_repeated_rows_equal_what_the_services_write(tmp_path: Path) -> None:
    generate(tmp_path / "generated.db", STRETCH * 4, stretch=STRETCH, size=SMALL)
    _lived_through(tmp_path / "lived.db", stretches=4)

    generated, lived = contents(tmp_path / "generated.db"), contents(tmp_path / "lived.db")

    assert generated.keys() == lived.keys()
    for name, table in lived.items():
        assert _rows(generated[name]) == _rows(table), name


def test_stretch_has_orders_in_every_status(tmp_path: Path) -> None:
    _lived_through(tmp_path / "lived.db", stretches=1, orders=60)

    orders = contents(tmp_path / "lived.db")["orders"]
    status = orders.columns.index("status")

    assert {row[status] for row in orders.rows.values()} == {
        "pending_approval", "approved", "rejected", "fulfilled", "cancelled",
    }  # fmt: skip


def _rows(table: Table) -> Mapping[Key, Row]:
    """All rows; a tally of no orders is as good as none."""
    if table.name != "order_tallies":
        return table.rows
    return {key: row for key, row in table.rows.items() if row[-1]}


def _lived_through(path: Path, stretches: int, orders: int = STRETCH) -> None:
    world = World()
    with open_in(world, path) as b2b:
        shop = open_shop(b2b.workspace(), SMALL)
        for _ in range(stretches):
            live_through(b2b.workspace(), shop, world, orders)
