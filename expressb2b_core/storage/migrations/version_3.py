"""Each price knows the one it replaced, and the index of all prices that ever were is gone.

SQL as it was written for this step: `tables.py` goes on to later versions.
"""

from __future__ import annotations

from expressb2b_core.storage.database import Database
from expressb2b_core.storage.dialects import POSTGRES, SQLITE

_LINKS = """
    SELECT {},
        lag(id) OVER same_key AS replaces,
        lead(id) OVER same_key IS NOT NULL AS replaced
    FROM price_rows
    WINDOW same_key AS (
        PARTITION BY product_id, tier, account_id, currency, min_qty, valid_from ORDER BY id
    )
"""
_UPDATE = """
    UPDATE price_rows SET replaces = links.replaces, replaced = links.replaced
    FROM ({}) AS links
    WHERE price_rows.id = links.id AND (links.replaced OR links.replaces IS NOT NULL)
"""
_LINKED = {
    # SQLite adds a column behind the constraints only, and none that has to have a value.
    SQLITE: (
        """CREATE TABLE "linked_price_rows" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "workspace_id" INTEGER NOT NULL,
            "product_id" INTEGER NOT NULL,
            "tier" TEXT,
            "account_id" TEXT,
            "currency" TEXT NOT NULL,
            "price" INTEGER NOT NULL,
            "min_qty" INTEGER NOT NULL,
            "valid_from" INTEGER,
            "valid_to" INTEGER,
            "recorded_at" INTEGER NOT NULL,
            "closed_at" INTEGER,
            "replaces" INTEGER,
            "replaced" INTEGER NOT NULL DEFAULT FALSE,
            FOREIGN KEY ("workspace_id") REFERENCES "workspaces" ("id"),
            FOREIGN KEY ("product_id") REFERENCES "products" ("id"),
            FOREIGN KEY ("account_id") REFERENCES "billing_accounts" ("id"),
            CHECK (price >= 0),
            CHECK (tier IS NULL OR account_id IS NULL)
        )""",
        f"INSERT INTO linked_price_rows {_LINKS.format('*')} ORDER BY id",
        "DROP TABLE price_rows",
        'ALTER TABLE "linked_price_rows" RENAME TO "price_rows"',
        """CREATE INDEX "price_rows_tier" ON "price_rows" ("workspace_id", "tier")
            WHERE closed_at IS NULL AND tier IS NOT NULL""",
    ),
    POSTGRES: (
        "DROP INDEX price_rows_open",
        "DROP INDEX price_rows_history",
        "ALTER TABLE price_rows ADD COLUMN replaces BIGINT",
        "ALTER TABLE price_rows ADD COLUMN replaced BOOLEAN NOT NULL DEFAULT FALSE",
        _UPDATE.format(_LINKS.format("id")),
    ),
}
_INDEXES = (
    """CREATE INDEX "price_rows_open" ON "price_rows" ("product_id", "tier", "account_id")
        WHERE closed_at IS NULL""",
    """CREATE INDEX "price_rows_ended" ON "price_rows" ("product_id")
        WHERE closed_at IS NOT NULL AND NOT replaced""",
)


def migrate(database: Database) -> None:
    """Link the prices of each key, oldest first, and draw the indexes anew."""
    for sql in (*_LINKED[database.dialect], *_INDEXES):
        database.run_sql(sql)
