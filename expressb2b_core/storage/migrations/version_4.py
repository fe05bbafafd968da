"""Orders are tallied by month, too, so that the total of years is no sum over all of their days.

SQL as it was written for this step: `tables.py` goes on to later versions.
"""

from __future__ import annotations

from expressb2b_core.storage.database import Database

_SUM_UP = """
    INSERT INTO order_tallies (workspace_id, dimension, value, status, orders)
    SELECT workspace_id, dimension || '_month', substr(value, 1, 7), status, SUM(orders)
    FROM order_tallies WHERE dimension IN ('created', 'updated')
    GROUP BY 1, 2, 3, 4
"""


def migrate(database: Database) -> None:
    """Sum up the tallies of days."""
    database.run_sql(_SUM_UP)
