"""Reading and writing billing accounts whole: with their approval levels and sites.

Everything of a page of accounts is read at once, not account by account.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

import peewee

from expressb2b_core.errors import NotFound
from expressb2b_core.inputs.constraints import is_id
from expressb2b_core.rules.approval import Level
from expressb2b_core.services import account_lookup
from expressb2b_core.services.account_documents import AccountState, SiteState
from expressb2b_core.services.documents import encode
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.text_search import folded
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Row
from expressb2b_core.storage.statements import (
    ListStatement,
    Scalar,
    Statement,
    all_values_from,
    param,
    values_from,
)

A = tables.BillingAccount
L = tables.ApprovalLevel
S = tables.Site

ACCOUNT_COLUMNS = (
    A.id,
    A.name,
    A.external_id,
    A.pricing_tier,
    A.active,
    A.allow_self_approval,
    A.metadata,
    A.created_at,
    A.updated_at,
)
_SITE_COLUMNS = (S.id, S.account, S.name, S.external_id, S.active, S.created_at, S.updated_at)

_account = Statement(
    lambda: A.select(*ACCOUNT_COLUMNS).where(
        (A.id == param("id")) & (A.workspace == param("workspace"))
    )
)
_held_account = Statement(
    lambda: A.select(A.id).where((A.id == param("id")) & (A.workspace == param("workspace"))),
    locking=True,
)
_id_of_external_id = Statement(
    lambda: A.select(A.id).where(
        (A.workspace == param("workspace")) & (A.external_id == param("external_id"))
    )
)
_levels = ListStatement(
    lambda ids: (
        L.select(L.account, L.position, L.name, L.min_total, L.required, L.approver_ids)
        .where(L.account.in_(ids))
        .order_by(L.account, L.position)
    )
)
_sites = ListStatement(
    lambda ids: S.select(*_SITE_COLUMNS).where(S.account.in_(ids)).order_by(S.account, S.id)
)
_site = Statement(
    lambda: S.select(*_SITE_COLUMNS).where(
        (S.id == param("id")) & (S.workspace == param("workspace"))
    )
)
_insert_account = Statement(lambda: A.insert(all_values_from(A)))
_update_account = Statement(
    lambda: A.update(
        values_from(
            A.name,
            A.search_text,
            A.external_id,
            A.pricing_tier,
            A.active,
            A.allow_self_approval,
            A.metadata,
            A.updated_at,
        )
    ).where(A.id == param("id"))
)
_delete_levels = Statement(lambda: peewee.ModelDelete(L).where(L.account == param("account")))
_insert_level = Statement(lambda: L.insert(all_values_from(L)))
_insert_site = Statement(lambda: S.insert(all_values_from(S)))
_update_site = Statement(
    lambda: S.update(values_from(S.name, S.external_id, S.active, S.updated_at)).where(
        S.id == param("id")
    )
)


def get_account(scope: Scope, account_id: str) -> AccountState:
    """An account as it stands; `NotFound` when this workspace has none of this id."""
    row = None
    if is_id(account_id):
        row = scope.runtime.database.row(_account, id=account_id, workspace=scope.workspace_id)
    if row is None:
        raise NotFound("billing account", account_id)
    return accounts_of(scope, [row])[0]


def require_account(scope: Scope, account_id: str) -> None:
    """Raise `NotFound` when this workspace has no account of this id."""
    _require(scope, _account, account_id)


def hold_account(scope: Scope, account_id: str) -> None:
    """Inside a write: nobody else changes this account, its sites or people until it ends.

    Raises `NotFound` when this workspace has no account of this id.
    """
    _require(scope, _held_account, account_id)


def _require(scope: Scope, statement: Statement, account_id: str) -> None:
    row = None
    if is_id(account_id):
        row = scope.runtime.database.row(statement, id=account_id, workspace=scope.workspace_id)
    if row is None:
        raise NotFound("billing account", account_id)


def find_id(scope: Scope, external_id: str | None) -> str | None:
    """The id of the account with this external id, if there is one."""
    if external_id is None:
        return None
    row = scope.runtime.database.row(
        _id_of_external_id, workspace=scope.workspace_id, external_id=external_id
    )
    return None if row is None else str(row[0])


def get_site(scope: Scope, site_id: str) -> SiteState:
    """A site as it stands; `NotFound` when this workspace has none of this id."""
    row = None
    if is_id(site_id):
        row = scope.runtime.database.row(_site, id=site_id, workspace=scope.workspace_id)
    if row is None:
        raise NotFound("site", site_id)
    return _site_state(row)


def accounts_of(scope: Scope, rows: Sequence[Row]) -> list[AccountState]:
    """Rows of `ACCOUNT_COLUMNS` with the levels and sites of all of them."""
    database = scope.runtime.database
    ids = [row[0] for row in rows]
    levels: dict[str, list[Level]] = defaultdict(list)
    for row in database.rows_in(_levels, ids):
        levels[row[0]].append(account_lookup.level(*row[1:]))
    sites: dict[str, list[SiteState]] = defaultdict(list)
    for row in database.rows_in(_sites, ids):
        sites[row[1]].append(_site_state(row))
    return [_account_state(row, levels[row[0]], sites[row[0]]) for row in rows]


def _account_state(row: Row, levels: Iterable[Level], sites: Iterable[SiteState]) -> AccountState:
    identity, name, external_id, tier, active, self_approval, metadata, created, updated = row
    return AccountState(
        id=identity,
        name=name,
        external_id=external_id,
        pricing_tier=tier,
        active=bool(active),
        allow_self_approval=bool(self_approval),
        metadata=json.loads(metadata),
        created_at=created,
        updated_at=updated,
        levels=tuple(levels),
        sites=tuple(sites),
    )


def _site_state(row: Row) -> SiteState:
    identity, account_id, name, external_id, active, created_at, updated_at = row
    return SiteState(identity, account_id, name, external_id, bool(active), created_at, updated_at)


def insert(scope: Scope, account: AccountState) -> None:
    """Write a new account. Raises `Duplicate` when its external id is taken."""
    scope.runtime.database.execute(_insert_account, **_account_row(scope, account))
    _insert_levels(scope, account)
    _write_sites(scope, (), account.sites)


def replace(scope: Scope, before: AccountState, after: AccountState) -> None:
    """Write what differs of an account. Raises `Duplicate` when its external id is taken."""
    database = scope.runtime.database
    database.execute(_update_account, **_account_row(scope, after))
    if after.levels != before.levels:
        database.execute(_delete_levels, account=after.id)
        _insert_levels(scope, after)
    if after.sites != before.sites:
        _write_sites(scope, before.sites, after.sites)


def _insert_levels(scope: Scope, account: AccountState) -> None:
    rows: list[dict[str, Scalar]] = [
        {
            "account_id": account.id,
            "position": level.number,
            "name": level.name,
            "min_total": level.min_total,
            "required": level.required,
            "approver_ids": encode(level.approver_ids),
        }
        for level in account.levels
    ]
    if rows:
        scope.runtime.database.execute_many(_insert_level, rows)


def _write_sites(scope: Scope, before: Sequence[SiteState], after: Sequence[SiteState]) -> None:
    known = {site.id: site for site in before}
    added = [_site_row(scope, site) for site in after if site.id not in known]
    other = [_site_row(scope, site) for site in after if known.get(site.id, site) != site]
    if added:
        scope.runtime.database.execute_many(_insert_site, added)
    if other:
        scope.runtime.database.execute_many(_update_site, other)


def _account_row(scope: Scope, account: AccountState) -> dict[str, Scalar]:
    return {
        "id": account.id,
        "workspace_id": scope.workspace_id,
        "name": account.name,
        "search_text": folded(account.name),
        "external_id": account.external_id,
        "pricing_tier": account.pricing_tier,
        "active": account.active,
        "allow_self_approval": account.allow_self_approval,
        "metadata": encode(account.metadata),
        "created_at": account.created_at,
        "updated_at": account.updated_at,
    }


def _site_row(scope: Scope, site: SiteState) -> dict[str, Scalar]:
    return {"workspace_id": scope.workspace_id, **site._asdict()}
