"""What a database says about the orders in it: which there are, and whether they are whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

_HALVES = {
    "orders without lines": """
        SELECT COUNT(*) FROM orders o
        WHERE NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id)""",
    "orders without proof": """
        SELECT COUNT(*) FROM orders o
        WHERE NOT EXISTS (SELECT 1 FROM order_proofs p WHERE p.order_id = o.id)""",
    "orders without event": """
        SELECT COUNT(*) FROM orders o
        WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.order_id = o.id)""",
    "events without order": """
        SELECT COUNT(*) FROM events e
        WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = e.order_id)""",
    "events without delivery": """
        SELECT COUNT(*) FROM events e, webhook_endpoints w WHERE NOT EXISTS
            (SELECT 1 FROM deliveries d WHERE d.event_id = e.id AND d.endpoint_id = w.id)""",
    "events missing from the sequence": "SELECT COALESCE(MAX(seq), 0) - COUNT(*) FROM events",
}

DUPLICATES = "SELECT COUNT(*) - COUNT(DISTINCT po_number) FROM orders"


def asked(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query on the file."""
    with closing(sqlite3.connect(path, timeout=5)) as connection:
        return connection.execute(sql).fetchall()


def number(path: Path, sql: str) -> int:
    """The one number that a query gives."""
    return int(asked(path, sql)[0][0])


def order_ids(path: Path) -> set[str]:
    """The ids of all orders."""
    return {row[0] for row in asked(path, "SELECT id FROM orders")}


def halves(ask: Callable[[str], int]) -> list[str]:
    """What is not whole, by a function that answers SQL with a number."""
    return [f"{count} {name}" for name, sql in _HALVES.items() if (count := ask(sql))]


def flaws(path: Path) -> list[str]:
    """What is not whole, and what `integrity_check` says; empty when all is well."""
    found = halves(partial(number, path))
    checked = asked(path, "PRAGMA integrity_check")
    if checked != [("ok",)]:
        found.append(f"integrity_check: {checked[0][0]}")
    return found
