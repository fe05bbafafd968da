"""The audit log: which entries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, TypedDict

from expressb2b_core.inputs.constraints import Bound, Choice, Text, Whole
from expressb2b_core.rules.pagination import MAX_PER_PAGE

DOORS = ("panel", "key", "command", "library")
SUBJECTS = (
    "order",
    "api_key",
    "webhook",
    "delivery",
    "account",
    "site",
    "contact",
    "product",
    "pricing_tier",
    "administrator",
    "workspace",
    "setup_link",
    "backup",
    "database",
)


class AuditQuery(TypedDict, total=False):
    """Which entries, newest first; the range is half-open."""

    door: Annotated[str, Choice(*DOORS), "The way somebody came in."]
    subject_type: Annotated[str, Choice(*SUBJECTS), "What it was done to."]
    subject_id: Annotated[str, Text(1, 100)]
    actor_id: Annotated[str, Text(1, 100)]
    since: Annotated[str | date | datetime, Bound()]
    until: Annotated[str | date | datetime, Bound(closing=True)]
    before: Annotated[int, Whole(1, 2**53), "Go on behind this entry."]
    per_page: Annotated[int, Whole(1, MAX_PER_PAGE), "25 by default."]
