"""What SQLite alone takes for an order: one thread, one transaction each, `synchronous=FULL`.

    python -m benchmarks.contestants.bare_transaction FOLDER

One order is placed through the services, in a data set that is used up by this. Then the same rows
are written again and again with other ids and numbers, made beforehand, behind the reads that an
order cannot do without. For each line of standard input, a number of seconds, it works for so long
and prints a line of JSON.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.data.contents import Growth, contents, growth
from benchmarks.data.generator import open_in
from benchmarks.data.repeating import Pattern, Stretch
from benchmarks.data.sets import DataSet, read_set
from benchmarks.data.world import World
from benchmarks.scenarios.works import order_body
from expressb2b_core.services import idempotency
from expressb2b_core.storage.opening import SQLITE_PRAGMAS

_PREPARED_AT_ONCE = 500
_READS = (
    "SELECT * FROM api_keys WHERE digest = :digest",
    """SELECT * FROM billing_accounts a LEFT JOIN approval_levels l ON l.account_id = a.id
       WHERE a.id = :account""",
    "SELECT * FROM sites WHERE id = :site",
    "SELECT * FROM contacts WHERE account_id = :account",
    "SELECT * FROM products WHERE workspace_id = 1 AND sku IN (:sku_1, :sku_2, :sku_3)",
    """SELECT * FROM price_rows WHERE closed_at IS NULL AND product_id IN
       (SELECT id FROM products WHERE workspace_id = 1 AND sku IN (:sku_1, :sku_2, :sku_3))""",
    "SELECT * FROM webhook_endpoints WHERE workspace_id = 1",
)


def main() -> None:
    data = read_set(Path(sys.argv[1]))
    grown, used = _place_one(data)
    with closing(sqlite3.connect(data.database, isolation_level=None)) as connection:
        for name, value in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {name} = {value}")
        bare = _Bare(connection, data, grown, used)
        print("ready", flush=True)
        for line in sys.stdin:
            print(json.dumps(bare.work_for(float(line))), flush=True)


def _place_one(data: DataSet) -> tuple[Mapping[str, Growth], Stretch]:
    """What one order with an `Idempotency-Key` writes, when it is not the day's first."""
    world = World(int(time.time()))
    world.ids_given = 10**9  # behind all ids of the data set
    with open_in(world, data.database) as b2b:
        key = b2b.workspace().keys.get("benchmark")

        def work() -> None:
            order = b2b.workspace().orders.place(**order_body(data))
            idempotency.keep(
                b2b.runtime, key.id, world.new_id(), "0" * 64, 201,
                {"Location": f"/api/orders/{order.id}"}, order.text,
            )  # fmt: skip

        b2b.runtime.database.write(work)
        before, ids = contents(data.database), world.ids_given
        b2b.runtime.database.write(work)
    grown = {name: growth(before[name], one) for name, one in contents(data.database).items()}
    used = Stretch(
        from_second=world.seconds,
        seconds=0,
        from_id=ids,
        ids=world.ids_given - ids,
        numbers=1,
        seqs=1,
        changes=1,
    )
    return grown, used


class _Bare:
    """The transaction, again and again."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        data: DataSet,
        grown: Mapping[str, Growth],
        used: Stretch,
    ) -> None:
        self._connection = connection
        order = order_body(data)
        self._asked = {
            "digest": hashlib.sha256(data.key.encode()).hexdigest(),
            "account": order["billing_account_id"],
            "site": order["site_id"],
            **{f"sku_{place}": item["sku"] for place, item in enumerate(order["items"], start=1)},
        }
        self._pattern = Pattern(used)
        for name, one in grown.items():
            if one.added:
                self._pattern.add(name, one.table.columns, one.added)
        self._inserts = {
            name: f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})"
            for name, columns in self._pattern.columns.items()
        }
        self._updates = [update for one in grown.values() for update in _updates(one)]
        self._written = 0

    def work_for(self, seconds: float) -> dict[str, float]:
        """How many transactions a second, and how long they took in milliseconds."""
        took: list[float] = []
        while sum(took) < seconds:
            orders = [
                dict(self._pattern.copy(self._written + one))
                for one in range(1, _PREPARED_AT_ONCE + 1)
            ]
            self._written += _PREPARED_AT_ONCE
            for order in orders:
                started = time.perf_counter()
                self._transaction(order)
                took.append(time.perf_counter() - started)
        took.sort()
        return {
            "requests": len(took),
            "per_second": len(took) / sum(took),
            "p50_ms": took[len(took) // 2] * 1000,
            "p99_ms": took[len(took) * 99 // 100] * 1000,
            "max_ms": took[-1] * 1000,
        }

    def _transaction(self, order: Mapping[str, Sequence[Sequence[object]]]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        for sql in _READS:
            execute(sql, self._asked).fetchall()
        for name, rows in order.items():
            self._connection.executemany(self._inserts[name], rows)
        for sql, values in self._updates:
            execute(sql, values)
        execute("COMMIT")


def _updates(grown: Growth) -> list[tuple[str, Sequence[object]]]:
    where = " AND ".join(f"{column} = ?" for column in grown.table.key)
    return [
        (
            f"UPDATE {grown.table.name} SET "
            + ", ".join(f"{column} = {column} + ?" for column in steps)
            + f" WHERE {where}",
            (*steps.values(), *key),
        )
        for key, steps in grown.steps.items()
    ]


if __name__ == "__main__":
    main()
