"""Orders are tallied, so that lists tell their total without counting; indexes for each sort.

SQL as it was written for this step: `tables.py` goes on to later versions.
"""

from __future__ import annotations

from collections.abc import Sequence

from expressb2b_core.storage.database import Database
from expressb2b_core.storage.dialects import POSTGRES, SQLITE

_TALLIES = {
    SQLITE: (
        """CREATE TABLE "order_tallies" (
            "workspace_id" INTEGER NOT NULL,
            "dimension" TEXT NOT NULL,
            "value" TEXT NOT NULL,
            "status" TEXT NOT NULL,
            "orders" INTEGER NOT NULL,
            PRIMARY KEY ("workspace_id", "dimension", "value", "status"),
            FOREIGN KEY ("workspace_id") REFERENCES "workspaces" ("id")
        ) WITHOUT ROWID""",
    ),
    POSTGRES: (
        """CREATE TABLE "order_tallies" (
            "workspace_id" INTEGER NOT NULL,
            "dimension" TEXT COLLATE "C" NOT NULL,
            "value" TEXT COLLATE "C" NOT NULL,
            "status" TEXT COLLATE "C" NOT NULL,
            "orders" BIGINT NOT NULL,
            PRIMARY KEY ("workspace_id", "dimension", "value", "status"),
            FOREIGN KEY ("workspace_id") REFERENCES "workspaces" ("id")
        )""",
        "ALTER TABLE order_tallies SET (fillfactor = 50)",
    ),
}
_DAY_OF = {
    SQLITE: "strftime('%Y-%m-%d', {}, 'unixepoch')",
    POSTGRES: "to_char(to_timestamp({}) AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
}
_BY_UPDATED_AT = (
    'CREATE INDEX "order_workspace_id_{0}_updated_at_change"'
    ' ON "orders" ("workspace_id", "{0}", "updated_at", "change")'
)
_BY_PO_NUMBER = (
    'CREATE INDEX "orders_po_number_{0}"'
    ' ON "orders" ("workspace_id", "po_number", "{0}", "{1}") WHERE po_number IS NOT NULL'
)
_INDEXES = (
    'DROP INDEX "order_workspace_id_po_number_created_at_number"',
    *(_BY_UPDATED_AT.format(column) for column in ("status", "account_id", "site_id")),
    _BY_PO_NUMBER.format("created_at", "number"),
    _BY_PO_NUMBER.format("updated_at", "change"),
)
_COUNT = """
    INSERT INTO order_tallies (workspace_id, dimension, value, status, orders)
    SELECT workspace_id, '{0}', {1}, status, COUNT(*) FROM orders
    GROUP BY 1, 3, 4
"""


def migrate(database: Database) -> None:
    """Make the tallies, count the orders that are there, and draw the indexes anew."""
    for sql in (*_TALLIES[database.dialect], *_counting(database), *_INDEXES):
        database.run_sql(sql)


def _counting(database: Database) -> Sequence[str]:
    day_of = _DAY_OF[database.dialect]
    values = {
        "all": "''",
        "account": "account_id",
        "site": "site_id",
        "created": day_of.format("created_at"),
        "updated": day_of.format("updated_at"),
    }
    return [_COUNT.format(dimension, value) for dimension, value in values.items()]
