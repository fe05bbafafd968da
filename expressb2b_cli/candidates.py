"""Prices that were considered, as a table: what `prices explain` and `orders show` print."""

from __future__ import annotations

from expressb2b_cli.output import Column

CANDIDATES = (
    Column("VERDICT", "verdict"),
    Column("SOURCE", "source"),
    Column("TIER", "tier"),
    Column("PRICE", "price", right=True),
    Column("FROM QTY", "min_qty", right=True),
    Column("VALID FROM", "valid_from"),
    Column("VALID TO", "valid_to"),
)
