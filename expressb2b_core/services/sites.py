"""The sites of billing accounts. A site stands in its account's document, so both change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

from expressb2b_core.errors import AlreadyExists
from expressb2b_core.inputs.accounts import SiteChange, SiteInput
from expressb2b_core.inputs.records import checked
from expressb2b_core.services import account_storage as stored
from expressb2b_core.services import audit
from expressb2b_core.services.account_changes import changed_site, new_site
from expressb2b_core.services.account_documents import AccountState, Site, SiteState, site_text
from expressb2b_core.services.documents import require_match
from expressb2b_core.services.scope import Scope


class Sites:
    """The sites of one workspace's billing accounts."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._database = scope.runtime.database

    def create(self, account_id: str, /, **fields: Unpack[SiteInput]) -> Site:
        """Add a site to an account.

        Raises:
            NotFound: this workspace has no such account.
            ValidationFailed: naming every field that needs attention.
            AlreadyExists: another site of the account has the `external_id`.
        """
        given = checked(SiteInput, fields)
        return self._database.write(lambda: self._create(account_id, given))

    def update(
        self,
        site_id: str,
        /,
        *,
        if_match: frozenset[str] | None = None,
        **fields: Unpack[SiteChange],
    ) -> Site:
        """Change a site.

        Raises:
            NotFound: this workspace has no such site.
            ValidationFailed: naming every field that needs attention.
            AlreadyExists: another site of the account has the `external_id`.
            Stale: it has none of the entity tags of `if_match`.
        """
        given = checked(SiteChange, fields)
        return self._database.write(lambda: self._update(site_id, if_match, given))

    def get(self, site_id: str, /) -> Site:
        """The site of this id; `NotFound` when this workspace has none."""
        return Site(site_text(stored.get_site(self._scope, site_id)))

    def _create(self, account_id: str, given: SiteInput) -> Site:
        stored.hold_account(self._scope, account_id)
        account = stored.get_account(self._scope, account_id)
        now = self._scope.runtime.clock.now()
        site = changed_site(new_site(self._scope, account_id, given["name"], now), given, now)
        _require_free(account.sites, site)
        self._store(account, (*account.sites, site), now)
        return self._recorded(None, Site(site_text(site), created=True))

    def _update(self, site_id: str, if_match: frozenset[str] | None, given: SiteChange) -> Site:
        account_id = stored.get_site(self._scope, site_id).account_id
        stored.hold_account(self._scope, account_id)
        account = stored.get_account(self._scope, account_id)
        before = next(site for site in account.sites if site.id == site_id)
        require_match(if_match, site_text(before))
        now = self._scope.runtime.clock.now()
        after = changed_site(before, given, now)
        _require_free(account.sites, after)
        if after != before:
            others = (after if site.id == site_id else site for site in account.sites)
            self._store(account, others, now)
        return self._recorded(Site(site_text(before)), Site(site_text(after)))

    def _store(self, account: AccountState, sites: Iterable[SiteState], now: int) -> None:
        stored.replace(self._scope, account, account._replace(sites=tuple(sites), updated_at=now))

    def _recorded(self, before: Site | None, after: Site) -> Site:
        audit.record_change(self._scope, "site", before, after)
        return after


def _require_free(sites: Iterable[SiteState], wanted: SiteState) -> None:
    for site in sites:
        if site.id != wanted.id and site.external_id == wanted.external_id is not None:
            raise AlreadyExists("external_id", wanted.external_id, site.id)
