"""What placing and deciding an order needs to know of an account, its sites and its people.

Each answer is one query and a frozen value; None is what is absent in this workspace.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from peewee import JOIN

from expressb2b_core.rules.approval import Level, Person
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Row
from expressb2b_core.storage.statements import Statement, param

A = tables.BillingAccount
L = tables.ApprovalLevel
S = tables.Site
C = tables.Contact


class AccountForOrder(NamedTuple):
    """Who orders. `levels` are sorted by `min_total` and numbered from 1."""

    id: str
    name: str
    pricing_tier: str | None
    active: bool
    allow_self_approval: bool
    levels: tuple[Level, ...]


class SiteForOrder(NamedTuple):
    """For which place."""

    id: str
    name: str
    account_id: str
    active: bool


_account_and_levels = Statement(
    lambda: (
        A.select(
            A.id,
            A.name,
            A.pricing_tier,
            A.active,
            A.allow_self_approval,
            L.position,
            L.name,
            L.min_total,
            L.required,
            L.approver_ids,
        )
        .join(L, JOIN.LEFT_OUTER, on=(L.account == A.id))
        .where((A.id == param("id")) & (A.workspace == param("workspace")))
        .order_by(L.position)
    )
)
_site = Statement(
    lambda: S.select(S.id, S.name, S.account, S.active).where(
        (S.id == param("id")) & (S.workspace == param("workspace"))
    )
)
_PERSON = (C.id, C.name, C.account, C.active, C.roles, C.site_ids)
_person = Statement(
    lambda: C.select(*_PERSON).where((C.id == param("id")) & (C.workspace == param("workspace")))
)
_people = Statement(
    lambda: (
        C.select(*_PERSON)
        .where((C.account == param("account")) & (C.workspace == param("workspace")))
        .order_by(C.id)
    )
)


def find_account(scope: Scope, account_id: str) -> AccountForOrder | None:
    """An account with its approval levels."""
    rows = scope.runtime.database.rows(
        _account_and_levels, id=account_id, workspace=scope.workspace_id
    )
    if not rows:
        return None
    identity, name, pricing_tier, active, allow_self_approval = rows[0][:5]
    levels = tuple(level(*row[5:]) for row in rows if row[5] is not None)
    return AccountForOrder(
        identity, name, pricing_tier, bool(active), bool(allow_self_approval), levels
    )


def find_site(scope: Scope, site_id: str) -> SiteForOrder | None:
    """A site, whichever account's it is."""
    row = scope.runtime.database.row(_site, id=site_id, workspace=scope.workspace_id)
    return None if row is None else SiteForOrder(row[0], row[1], row[2], bool(row[3]))


def find_person(scope: Scope, contact_id: str) -> Person | None:
    """A contact, whichever account's it is."""
    row = scope.runtime.database.row(_person, id=contact_id, workspace=scope.workspace_id)
    return None if row is None else _as_person(row)


def people_of(scope: Scope, account_id: str) -> tuple[Person, ...]:
    """All contacts of an account, oldest first, the inactive ones too."""
    rows = scope.runtime.database.rows(_people, account=account_id, workspace=scope.workspace_id)
    return tuple(_as_person(row) for row in rows)


def level(position: int, name: str, min_total: int, required: int, approver_ids: str) -> Level:
    """A stored approval level as the rules take it."""
    return Level(position, name, min_total, required, tuple(json.loads(approver_ids)))


def _as_person(row: Row) -> Person:
    identity, name, account_id, active, roles, site_ids = row
    return Person(
        id=identity,
        name=name,
        account_id=account_id,
        active=bool(active),
        roles=frozenset(json.loads(roles)),
        site_ids=frozenset(json.loads(site_ids)),
    )
