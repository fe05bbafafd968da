"""Billing accounts, their sites, people and approval levels."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Required, TypedDict

from expressb2b_core.inputs.catalog import TierCode
from expressb2b_core.inputs.constraints import (
    Amount,
    Bound,
    Choice,
    Flag,
    ListOf,
    ShortTexts,
    Text,
    Uuid,
    Whole,
)
from expressb2b_core.inputs.orders import ExternalId
from expressb2b_core.inputs.paging import Paging
from expressb2b_core.inputs.records import Record

Email = Text(
    3,
    254,
    pattern=r"[^@\s\x00-\x20\x7f]+@[^@\s\x00-\x20\x7f]+",
    hint="must look like name@example.com",
    example="ana@example.com",
)
AccountName = Text(1, 200, example="Midwest Restaurant Group")
SiteName = Text(1, 200, example="Chicago — Loop")


class LevelInput(TypedDict, total=False):
    """One approval level; it applies when an order's total is `min_total` or more."""

    name: Required[Annotated[str, Text(1, 100, example="manager")]]
    min_total: Annotated[str | Decimal, Amount(), '`"0"` by default.']
    required: Annotated[int, Whole(1, 20), "How many people must approve; 1 by default."]
    approver_ids: Annotated[
        list[str], ListOf(Uuid(), 0, 100, unique=lambda entry: entry), "Empty: every approver."
    ]


class ApprovalInput(TypedDict, total=False):
    """How an account's orders are approved. No levels: they need no approval."""

    allow_self_approval: Annotated[bool, Flag()]
    levels: Annotated[list[LevelInput], ListOf(Record(LevelInput), 0, 20)]


class SiteInput(TypedDict, total=False):
    """A new site of an account."""

    name: Required[Annotated[str, SiteName]]
    external_id: Annotated[str | None, ExternalId]
    active: Annotated[bool, Flag()]


class SiteChange(TypedDict, total=False):
    """Changes to a site; what is absent stays."""

    name: Annotated[str, SiteName]
    external_id: Annotated[str | None, ExternalId]
    active: Annotated[bool, Flag()]


class AccountChange(TypedDict, total=False):
    """Changes to a billing account; what is absent stays, null clears."""

    name: Annotated[str, AccountName]
    external_id: Annotated[str | None, ExternalId, "Your id; unique in the workspace."]
    pricing_tier: Annotated[str | None, TierCode, "The code of a tier that exists."]
    active: Annotated[bool, Flag(), "Inactive accounts cannot order."]
    approval: Annotated[ApprovalInput, Record(ApprovalInput)]
    metadata: Annotated[dict[str, str], ShortTexts()]


class AccountInput(AccountChange, total=False):
    """A billing account; with an `external_id` that exists, the changes to that account."""

    name: Required[Annotated[str, AccountName]]  # type: ignore[misc]
    sites: Annotated[
        list[SiteInput],
        ListOf(Record(SiteInput), 0, 500),
        "Added; a site with the same `external_id` (or else name) is updated instead.",
    ]


class AccountQuery(Paging, total=False):
    """Which billing accounts, oldest first."""

    q: Annotated[str, Text(1, 200), "Found in the name, whatever the case."]
    external_id: Annotated[str, ExternalId]
    pricing_tier: Annotated[str, TierCode]
    active: Annotated[bool, Flag()]
    updated_since: Annotated[str | date | datetime, Bound()]


class ContactInput(TypedDict, total=False):
    """A person of an account."""

    name: Required[Annotated[str, Text(1, 200, example="Ana Flores")]]
    email: Required[Annotated[str, Email]]
    roles: Annotated[
        list[str],
        ListOf(Choice("buyer", "approver"), 0, 2, unique=lambda entry: entry),
        "`buyer` by default.",
    ]
    site_ids: Annotated[
        list[str], ListOf(Uuid(), 0, 500, unique=lambda entry: entry), "Empty: all sites."
    ]
    active: Annotated[bool, Flag()]


class ContactChange(TypedDict, total=False):
    """Changes to a person; what is absent stays."""

    name: Annotated[str, Text(1, 200)]
    email: Annotated[str, Email]
    roles: Annotated[
        list[str], ListOf(Choice("buyer", "approver"), 0, 2, unique=lambda entry: entry)
    ]
    site_ids: Annotated[list[str], ListOf(Uuid(), 0, 500, unique=lambda entry: entry)]
    active: Annotated[bool, Flag()]


class ContactQuery(Paging, total=False):
    """The people of an account, oldest first."""
