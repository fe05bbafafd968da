"""Billing accounts: made, changed, found and listed.

Their sites and people have services of their own (`sites`, `contacts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Unpack

import peewee

from expressb2b_core.errors import AlreadyExists, Stale, ValidationFailed
from expressb2b_core.inputs import moments
from expressb2b_core.inputs.accounts import AccountChange, AccountInput, AccountQuery
from expressb2b_core.inputs.constraints import Problems
from expressb2b_core.inputs.records import checked
from expressb2b_core.services import account_storage as stored
from expressb2b_core.services import audit
from expressb2b_core.services.account_changes import changed, merged_sites
from expressb2b_core.services.account_documents import (
    AccountState,
    BillingAccount,
    account_text,
)
from expressb2b_core.services.documents import Page, lines_of, require_match, walk
from expressb2b_core.services.listing import Condition, RowListing, Sort
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.text_search import contains, pattern
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Duplicate
from expressb2b_core.storage.statements import param

A = tables.BillingAccount

_listing = RowListing("billing_accounts", A, stored.ACCOUNT_COLUMNS, {"id": Sort((A.id,))})


class Accounts:
    """The billing accounts of one workspace."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._database = scope.runtime.database

    def create(
        self, /, *, if_match: frozenset[str] | None = None, **fields: Unpack[AccountInput]
    ) -> BillingAccount:
        """Make an account; `created` is False where its `external_id` existed and it was changed.

        Levels cannot name people here, since a new account has none yet.

        Raises:
            ValidationFailed: naming every field that needs attention.
            Stale: no account of this `external_id` has one of the entity tags of `if_match`.
        """
        given = checked(AccountInput, fields)
        return self._write(lambda: self._create(if_match, given))

    def update(
        self,
        account_id: str,
        /,
        *,
        if_match: frozenset[str] | None = None,
        **fields: Unpack[AccountChange],
    ) -> BillingAccount:
        """Change an account; `levels` in `approval` replaces all of its levels.

        Raises:
            NotFound: this workspace has no such account.
            ValidationFailed: naming every field that needs attention.
            AlreadyExists: another account has the `external_id`.
            Stale: it has none of the entity tags of `if_match`.
        """
        given = checked(AccountChange, fields)
        return self._write(lambda: self._update(account_id, if_match, given))

    def get(self, account_id: str, /) -> BillingAccount:
        """The account of this id; `NotFound` when this workspace has none."""
        with self._database.snapshot():
            return self._document(stored.get_account(self._scope, account_id))

    def list(self, /, **query: Unpack[AccountQuery]) -> Page[BillingAccount]:
        """A page of accounts, oldest first.

        Raises:
            ValidationFailed: naming every parameter that needs attention.
            InvalidCursor: changed, or made for another list, filter or workspace.
            PageTooDeep: a page number beyond the first 10,000 rows.
        """
        asked = checked(AccountQuery, query)
        with self._database.snapshot():
            found = _listing.slice(self._scope, _conditions(asked), "id", asked)
            accounts = stored.accounts_of(self._scope, found.content)
        texts = (account_text(self._scope, account) for account in accounts)
        return Page(lines_of(texts), *found[1:], BillingAccount)

    def iterate(self, /, **query: Unpack[AccountQuery]) -> Iterator[BillingAccount]:
        """The accounts that `list` gives, and all that follow, read page by page."""
        return walk(self.list, query)

    def _write(self, work: Callable[[], BillingAccount]) -> BillingAccount:
        try:
            return self._database.write(work)
        except Duplicate:
            # On PostgreSQL another transaction may take the external id meanwhile; now it shows.
            return self._database.write(work)

    def _create(self, if_match: frozenset[str] | None, given: AccountInput) -> BillingAccount:
        now = self._scope.runtime.clock.now()
        before = self._with_external_id(given.get("external_id"))
        self._require_match(if_match, before)
        start = before or self._blank(given["name"], now)
        problems: Problems = []
        after = changed(self._scope, start, given, problems)
        sites = merged_sites(self._scope, start, given.get("sites", []), now, problems)
        if problems:
            raise ValidationFailed(problems)
        after = after._replace(sites=sites)
        if before is not None:
            return self._replace(before, after, now)
        stored.insert(self._scope, after)
        return self._recorded(None, self._document(after, created=True))

    def _update(
        self, account_id: str, if_match: frozenset[str] | None, given: AccountChange
    ) -> BillingAccount:
        stored.hold_account(self._scope, account_id)
        before = stored.get_account(self._scope, account_id)
        require_match(if_match, account_text(self._scope, before))
        problems: Problems = []
        after = changed(self._scope, before, given, problems)
        if problems:
            raise ValidationFailed(problems)
        self._require_free(after)
        return self._replace(before, after, self._scope.runtime.clock.now())

    def _replace(self, before: AccountState, after: AccountState, now: int) -> BillingAccount:
        if after == before:
            return self._document(before)
        after = after._replace(updated_at=now)
        stored.replace(self._scope, before, after)
        return self._recorded(self._document(before), self._document(after))

    def _recorded(self, before: BillingAccount | None, after: BillingAccount) -> BillingAccount:
        narrower = {"approval": "account.levels_changed"}
        audit.record_change(self._scope, "account", before, after, narrower=narrower)
        return after

    def _with_external_id(self, external_id: str | None) -> AccountState | None:
        account_id = stored.find_id(self._scope, external_id)
        if account_id is None:
            return None
        stored.hold_account(self._scope, account_id)
        return stored.get_account(self._scope, account_id)

    def _require_match(self, if_match: frozenset[str] | None, account: AccountState | None) -> None:
        if account is not None:
            require_match(if_match, account_text(self._scope, account))
        elif if_match is not None:
            raise Stale

    def _require_free(self, account: AccountState) -> None:
        owner = stored.find_id(self._scope, account.external_id)
        if owner is not None and owner != account.id:
            raise AlreadyExists("external_id", account.external_id or "", owner)

    def _blank(self, name: str, now: int) -> AccountState:
        return AccountState(
            id=self._scope.runtime.new_id(),
            name=name,
            external_id=None,
            pricing_tier=None,
            active=True,
            allow_self_approval=False,
            metadata={},
            created_at=now,
            updated_at=now,
        )

    def _document(self, account: AccountState, *, created: bool = False) -> BillingAccount:
        return BillingAccount(account_text(self._scope, account), created=created)


def _conditions(asked: AccountQuery) -> list[Condition]:
    found = [
        _equals(name, column, value)
        for name, column, value in (
            ("external_id", A.external_id, asked.get("external_id")),
            ("pricing_tier", A.pricing_tier, asked.get("pricing_tier")),
            ("active", A.active, asked.get("active")),
        )
        if value is not None
    ]
    if "q" in asked:
        found.append(
            Condition("q", lambda: contains(A.search_text, "q"), {"q": pattern(asked["q"])})
        )
    if "updated_since" in asked:
        since = moments.parse(str(asked["updated_since"]))
        found.append(Condition("since", lambda: A.updated_at >= param("since"), {"since": since}))
    return found


def _equals(name: str, column: peewee.Field, value: str | bool) -> Condition:
    return Condition(name, lambda: column == param(name), {name: value})
