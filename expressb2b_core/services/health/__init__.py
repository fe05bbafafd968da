"""Is this database sound? Checks that find what should never be, each with its remedy.

What is stored twice is compared, what was calculated is calculated again, what was counted is
counted again. Nothing is changed, except by the `fix` of a check.
"""

from __future__ import annotations

from expressb2b_core.services.health import (
    database_file,
    deliveries,
    events,
    files,
    orders,
    prices,
    stock,
    tallies,
)
from expressb2b_core.services.health.findings import Check, Finding, examine

__all__ = ["CHECKS", "Check", "Finding", "examine"]

CHECKS: tuple[Check, ...] = (
    Check("files", "The files are on a local, writable disk with room", files.check, files.fix),
    Check("integrity", "The database is whole", database_file.check_integrity),
    Check("schema", "The schema is the one of this release", database_file.check_schema),
    Check("documents", "Orders read like their rows", orders.check_documents),
    Check("totals", "Lines, subtotals and totals add up", orders.check_totals),
    Check("prices", "Every price follows from its proof", prices.check),
    Check("stock", "Reserved stock is what open orders hold", stock.check, stock.fix),
    Check("tallies", "Lists tell how many orders there are", tallies.check, tallies.fix),
    Check("events", "Events follow one another without gaps", events.check),
    Check("deliveries", "Every endpoint was queued the events it wants", deliveries.check),
)
"""All checks, in the order in which they make sense."""
