"""Billing accounts and their sites: as values inside, as JSON documents outside.

How they are read and written stands in `account_storage`, how they change in `account_changes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypedDict

from expressb2b_core import money
from expressb2b_core.inputs.moments import text as moment_text
from expressb2b_core.rules.approval import Level
from expressb2b_core.services.documents import Document, encode
from expressb2b_core.services.scope import Scope


class SiteEntry(TypedDict):
    """A site within its account's document."""

    id: str
    name: str
    external_id: str | None
    active: bool


class LevelEntry(TypedDict):
    """An approval level; `min_total` has the currency's own number of decimals."""

    name: str
    min_total: str
    required: int
    approver_ids: list[str]


class ApprovalEntry(TypedDict):
    """How an account's orders are approved; the levels are sorted by `min_total`."""

    allow_self_approval: bool
    levels: list[LevelEntry]


class BillingAccount(Document):
    """A customer of the wholesaler."""

    __slots__ = ()

    id: str
    name: str
    external_id: str | None
    pricing_tier: str | None
    active: bool
    sites_count: int
    sites: list[SiteEntry]
    approval: ApprovalEntry
    metadata: dict[str, str]
    created_at: str
    updated_at: str


class Site(Document):
    """A place an account orders for."""

    __slots__ = ()

    id: str
    billing_account_id: str
    name: str
    external_id: str | None
    active: bool
    created_at: str
    updated_at: str


class SiteState(NamedTuple):
    """A site as it is stored."""

    id: str
    account_id: str
    name: str
    external_id: str | None
    active: bool
    created_at: int
    updated_at: int


class AccountState(NamedTuple):
    """An account as it is stored, with what belongs to it; sites are oldest first."""

    id: str
    name: str
    external_id: str | None
    pricing_tier: str | None
    active: bool
    allow_self_approval: bool
    metadata: Mapping[str, str]
    created_at: int
    updated_at: int
    levels: tuple[Level, ...] = ()
    sites: tuple[SiteState, ...] = ()


def account_text(scope: Scope, account: AccountState) -> str:
    """The document of an account."""
    return encode(
        {
            "id": account.id,
            "name": account.name,
            "external_id": account.external_id,
            "pricing_tier": account.pricing_tier,
            "active": account.active,
            "sites_count": len(account.sites),
            "sites": [_site_entry(site) for site in account.sites],
            "approval": {
                "allow_self_approval": account.allow_self_approval,
                "levels": [_level_entry(level, scope.decimals) for level in account.levels],
            },
            "metadata": account.metadata,
            "created_at": moment_text(account.created_at),
            "updated_at": moment_text(account.updated_at),
        }
    )


def _site_entry(site: SiteState) -> SiteEntry:
    return {
        "id": site.id,
        "name": site.name,
        "external_id": site.external_id,
        "active": site.active,
    }


def _level_entry(level: Level, decimals: int) -> LevelEntry:
    return {
        "name": level.name,
        "min_total": money.amount_text(level.min_total, decimals),
        "required": level.required,
        "approver_ids": list(level.approver_ids),
    }


def site_text(site: SiteState) -> str:
    """The document of a site."""
    return encode(
        {
            "id": site.id,
            "billing_account_id": site.account_id,
            "name": site.name,
            "external_id": site.external_id,
            "active": site.active,
            "created_at": moment_text(site.created_at),
            "updated_at": moment_text(site.updated_at),
        }
    )
