"""API keys: what they may do, for how long, and how often."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from expressb2b_core.inputs.constraints import Choice, ListOf, Text, Whole
from expressb2b_core.inputs.records import Record
from expressb2b_core.inputs.workspaces import PRINTABLE
from expressb2b_core.rules.durations import MAX_DURATION_SECONDS

RESOURCES = ("orders", "catalog", "accounts", "webhooks")
ALL_SCOPES = tuple(f"{resource}:{right}" for resource in RESOURCES for right in ("read", "write"))

_MAX_LIMIT = 1_000_000
_PerMinute = Whole(1, _MAX_LIMIT, example=120)


class LimitsInput(TypedDict, total=False):
    """Requests in any 60 seconds, where a key has other limits than all have."""

    read: Annotated[int, _PerMinute, "`GET` and `HEAD`."]
    write: Annotated[int, _PerMinute, "Everything else."]
    webhook_registration: Annotated[int, _PerMinute, "`POST /api/webhooks`."]


class KeyInput(TypedDict, total=False):
    """A new API key."""

    name: Required[
        Annotated[
            str,
            Text(
                1,
                100,
                trimmed=True,
                pattern=PRINTABLE,
                hint="must not contain control characters",
                example="ERP",
            ),
        ]
    ]
    scopes: Annotated[
        list[str], ListOf(Choice(*ALL_SCOPES), 1, 100), "`:write` implies `:read`; all by default."
    ]
    expires_in_seconds: Annotated[int | None, Whole(1, MAX_DURATION_SECONDS), "null: never."]
    limits: Annotated[LimitsInput, Record(LimitsInput)]
    version: Annotated[str | None, Text(1, 20, example="2026-03"), "The newest by default."]
    mode: Annotated[str, Choice("live", "test"), "What its text shows it to be for."]


class RotationInput(TypedDict, total=False):
    """A new text for a key."""

    overlap_seconds: Annotated[
        int, Whole(0, MAX_DURATION_SECONDS), "How long the old text works beside it."
    ]
