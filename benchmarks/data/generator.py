"""Data sets of any size: a stretch of orders through the services, then the same again as rows.

The services make the wholesaler and the first stretches. What a stretch added is then written
again with other ids, numbers and times until there are enough orders; what it changed (stock,
counters) goes on by the same steps. A test lets the services do it all and compares every row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.data.contents import Growth, Table, contents, growth
from benchmarks.data.repeating import Pattern, Stretch
from benchmarks.data.shop import Shop, ShopSize, open_shop
from benchmarks.data.stretch import live_through
from benchmarks.data.world import World
from expressb2b_core import ExpressB2B
from expressb2b_core.services.health import tallies

SECRET = "a secret for benchmarks, thirty-two"
ORDERS_IN_STRETCH = 2000

Tell = Callable[[int], None]

# Nothing is at stake while a data set is made: it is made again.
_FAST = "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -500000"


def generate(
    path: Path,
    orders: int,
    *,
    stretch: int = ORDERS_IN_STRETCH,
    size: ShopSize = ShopSize(),  # noqa: B008 - frozen
    tell: Tell = lambda orders: None,
) -> Shop:
    """Make a database with so many orders, rounded up to whole stretches, at least two.

    `tell` is called with the number of orders now and then.
    """
    world = World()
    with open_in(world, path) as b2b:
        shop = open_shop(b2b.workspace(), size)
        # The first stretch meets each case for the first time; the second is the pattern.
        live_through(b2b.workspace(), shop, world, stretch)
        before, second, ids = contents(path), world.seconds, world.ids_given
        live_through(b2b.workspace(), shop, world, stretch)
    grown = _growths(before, contents(path))
    counted = next(iter(grown["workspaces"].steps.values()))
    used = Stretch(
        from_second=second,
        seconds=world.seconds - second,
        from_id=ids,
        ids=world.ids_given - ids,
        numbers=counted["last_order_number"],
        seqs=counted["last_event_seq"],
        changes=counted["last_change"],
    )
    _repeat(path, grown, used, -(-orders // stretch) - 2, tell)
    with open_in(world, path) as b2b:
        b2b.runtime.database.write(lambda: tallies.count_again(b2b.runtime))
    return shop


def open_in(world: World, path: Path) -> ExpressB2B:
    """The database in this file, with the clock and the ids of this world."""
    b2b = ExpressB2B(f"sqlite:///{path}", secret=SECRET, clock=world)
    world.takes_over(b2b)
    return b2b


def _growths(before: Mapping[str, Table], after: Mapping[str, Table]) -> dict[str, Growth]:
    # Tallies are counted again at the end: a new day has new ones.
    names = after.keys() - {"order_tallies"}
    return {name: growth(before[name], after[name]) for name in names}


def _repeat(path: Path, grown: Mapping[str, Growth], used: Stretch, times: int, tell: Tell) -> None:
    pattern = Pattern(used)
    for name, one in grown.items():
        if one.added:
            pattern.add(name, one.table.columns, one.added)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_FAST)
        for time in range(1, times + 1):
            with connection:
                _write(connection, pattern, time)
            tell((time + 2) * used.numbers)
        with connection:
            for one in grown.values():
                _go_on(connection, one, times)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _write(connection: sqlite3.Connection, pattern: Pattern, time: int) -> None:
    for name, rows in pattern.copy(time):
        columns: Sequence[str] = pattern.columns[name]
        places = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({places})", rows)


def _go_on(connection: sqlite3.Connection, grown: Growth, times: int) -> None:
    """Let the figures that a stretch changed change so many times more."""
    where = " AND ".join(f"{column} = ?" for column in grown.table.key)
    for key, steps in grown.steps.items():
        for column, step in steps.items():
            connection.execute(
                f"UPDATE {grown.table.name} SET {column} = {column} + ? WHERE {where}",
                (step * times, *key),
            )
