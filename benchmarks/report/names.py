"""What contestants and scenarios are called: in figures, in tables, and for people."""

from __future__ import annotations

OURS, CONSTANT, BARE = "ours", "constant", "bare SQLite"
OURS_ALONE = "ours, one thread"
PEERS = ("fastapi", "flask")
NORMAL = " (synchronous=NORMAL)"

START = "start to first answer, s"
WEBHOOKS = "webhooks against a bare loop"

FEW, MANY = "few orders", "many orders"
"""The sides of the scenarios `growth: …`."""

BESIDE_OTHERS = "list, beside others"
QUIET, BULK, BACKUP = "quiet", "during bulk upserts", "during backups"

_FOR_PEOPLE = {
    CONSTANT: "constant answer, same stack",
    "fastapi": "FastAPI + SQLAlchemy + uvicorn",
    "flask": "Flask + SQLAlchemy + waitress",
    BARE: "bare SQLite transaction",
}


def named(contestant: str) -> str:
    """What people call it."""
    base = contestant.removesuffix(NORMAL)
    return _FOR_PEOPLE.get(base, base) + contestant[len(base) :]
