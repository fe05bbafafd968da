"""The same data for the shop on SQLAlchemy: our documents taken apart into normalized rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert

from benchmarks.contestants.peers import models
from benchmarks.contestants.peers.models import (
    Base,
    HistoryEntry,
    Order,
    OrderItem,
    OrderLevel,
)
from expressb2b_core.inputs import moments

Fields = dict[str, Any]

# Of these only the columns differ.
_COPIED = {
    "workspaces": "id, currency, last_order_number, last_event_seq",
    "api_keys": ("id, workspace_id, name, digest, scopes, version, limits, expires_at, revoked_at"),
    "billing_accounts": "id, workspace_id, name, pricing_tier, active",
    "approval_levels": "account_id, position, name, min_total, required",
    "sites": "id, account_id, name, active",
    "events": "id, workspace_id, seq, type, order_id, created_at, body",
    "webhook_endpoints": "id, workspace_id, url, events, status",
}
_PRODUCTS = """
    INSERT INTO products (id, workspace_id, sku, name, active, min_qty, multiple, on_hand,
                          reserved, base_price, updated_at)
    SELECT p.id, p.workspace_id, p.sku, p.name, p.active, p.min_qty, p.multiple, p.on_hand,
           p.reserved, r.price, p.updated_at
    FROM ours.products p LEFT JOIN ours.price_rows r
      ON r.product_id = p.id AND r.closed_at IS NULL AND r.tier IS NULL AND r.account_id IS NULL
"""
_TIER_PRICES = """
    INSERT INTO tier_prices (product_id, tier, price)
    SELECT product_id, tier, price FROM ours.price_rows
    WHERE closed_at IS NULL AND tier IS NOT NULL
"""
_BATCH = 1000


def converted(ours: Path) -> Path:
    """A database of theirs with what is in ours, beside its folder; made when it is not there."""
    theirs = ours.parent.with_name(f"{ours.parent.name}-peers.db")
    made_from = (ours, Path(__file__), Path(models.__file__))
    newest = max(path.stat().st_mtime for path in made_from)
    if not theirs.exists() or theirs.stat().st_mtime < newest:
        draft = theirs.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        convert(ours, draft)
        draft.replace(theirs)
    return theirs


def convert(ours: Path, theirs: Path) -> None:
    """Make a database of theirs with what is in ours."""
    engine = create_engine(f"sqlite:///{theirs}")
    Base.metadata.create_all(engine)
    with closing(sqlite3.connect(theirs)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("ATTACH ? AS ours", (str(ours),))
        with connection:
            for table, columns in _COPIED.items():
                connection.execute(
                    f"INSERT INTO {table} ({columns}) SELECT {columns} FROM ours.{table}"
                )
            connection.execute(_PRODUCTS)
            connection.execute(_TIER_PRICES)
    with closing(sqlite3.connect(ours)) as source, engine.begin() as target:
        for batch in _batches(source):
            rows = [_order_rows(*row) for row in batch]
            for place, model in enumerate((Order, OrderItem, OrderLevel, HistoryEntry)):
                if found := [row for one in rows for row in one[place]]:
                    target.execute(insert(model.__table__), found)  # type: ignore[arg-type]
    engine.dispose()
    with closing(sqlite3.connect(theirs)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _batches(source: sqlite3.Connection) -> Iterator[list[tuple[Any, ...]]]:
    cursor = source.execute("SELECT document, history, workspace_id FROM orders ORDER BY id")
    products = dict(source.execute("SELECT sku, id FROM products").fetchall())
    while rows := cursor.fetchmany(_BATCH):
        yield [(json.loads(row[0]), json.loads(row[1]), row[2], products) for row in rows]


def _order_rows(
    order: Fields, history: list[Fields], workspace_id: int, products: dict[str, int]
) -> tuple[list[Fields], ...]:
    identity = {"order_id": order["id"]}
    items = [identity | _item(item, products) for item in order["items"]]
    levels = [
        identity | level | {"min_total": _cents(level["min_total"])}
        for level in order["approval"]["levels"]
    ]
    entries = [identity | _entry(position, entry) for position, entry in enumerate(history)]
    return [_order(order, workspace_id)], items, levels, entries


def _order(order: Fields, workspace_id: int) -> Fields:
    same = ("id", "number", "status", "revision", "currency", "po_number", "external_id", "note",
            "charges", "placed_by")  # fmt: skip
    at = ("created_at", "updated_at", "approved_at", "rejected_at", "fulfilled_at", "cancelled_at")
    return {
        **{name: order[name] for name in same},
        **{name: moments.parse_optional(order[name]) for name in at},
        "workspace_id": workspace_id,
        "account_id": order["billing_account"]["id"],
        "account_name": order["billing_account"]["name"],
        "pricing_tier": order["billing_account"]["pricing_tier"],
        "site_id": order["site"]["id"],
        "site_name": order["site"]["name"],
        "subtotal": _cents(order["subtotal"]),
        "total": _cents(order["total"]),
        "metadata": order["metadata"],
        "blocked": order["approval"]["blocked"],
    }


def _item(item: Fields, products: dict[str, int]) -> Fields:
    price = item["price"]
    return {
        **{name: item[name] for name in ("line", "sku", "name", "qty")},
        "product_id": products[item["sku"]],
        "unit_price": _cents(item["unit_price"]) * 100,
        "line_total": _cents(item["line_total"]),
        "price_source": price["source"],
        "price_tier": price["tier"],
        "price_min_qty": price["min_qty"],
        "base_price": _cents(price["base_price"]) * 100,
    }


def _entry(position: int, entry: Fields) -> Fields:
    return {
        "position": position,
        "at": moments.parse(entry["at"]),
        **{name: entry[name] for name in ("action", "level", "comment")},
        **{f"actor_{name}": entry["actor"][name] for name in ("type", "id", "name")},
    }


def _cents(amount: str) -> int:
    return int(Decimal(amount) * 100)
