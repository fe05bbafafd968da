"""What a billing account becomes by a change: its terms, its approval levels, its sites.

Reads what a change refers to (tiers, people) and writes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from expressb2b_core import money
from expressb2b_core.errors import FieldError
from expressb2b_core.inputs.accounts import (
    AccountChange,
    AccountInput,
    LevelInput,
    SiteChange,
    SiteInput,
)
from expressb2b_core.inputs.constraints import Problems
from expressb2b_core.rules.approval import Level, number_levels
from expressb2b_core.services.account_documents import AccountState, SiteState
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import ListStatement, Statement, param

T = tables.PricingTier
C = tables.Contact

# Held until the end of the write, so that the tier is not removed meanwhile.
_tier = Statement(
    lambda: T.select(T.code).where((T.workspace == param("workspace")) & (T.code == param("code"))),
    locking=True,
)
_people_of_account = ListStatement(
    lambda ids: C.select(C.id).where((C.account == param("account")) & C.id.in_(ids))
)


def changed(
    scope: Scope,
    account: AccountState,
    change: AccountChange | AccountInput,
    problems: Problems,
) -> AccountState:
    """The account with these changes, what is absent staying as it is.

    Tiers and approvers that do not exist and impossible amounts are added to `problems`.
    """
    approval = change.get("approval", {})
    tier = change.get("pricing_tier", account.pricing_tier)
    if tier is not None and tier != account.pricing_tier:
        _check_tier(scope, tier, problems)
    levels = account.levels
    if "levels" in approval:
        levels = _levels(scope, account.id, approval["levels"], problems)
    return account._replace(
        name=change.get("name", account.name),
        external_id=change.get("external_id", account.external_id),
        pricing_tier=tier,
        active=change.get("active", account.active),
        allow_self_approval=approval.get("allow_self_approval", account.allow_self_approval),
        metadata=change.get("metadata", account.metadata),
        levels=levels,
    )


def _check_tier(scope: Scope, code: str, problems: Problems) -> None:
    found = scope.runtime.database.row(_tier, workspace=scope.workspace_id, code=code)
    if found is None:
        problems.append(FieldError("/pricing_tier", "not_found", "there is no such pricing tier"))


def _levels(
    scope: Scope, account_id: str, given: Sequence[LevelInput], problems: Problems
) -> tuple[Level, ...]:
    named = {person for level in given for person in level.get("approver_ids", ())}
    rows = scope.runtime.database.rows_in(_people_of_account, sorted(named), account=account_id)
    people = {row[0] for row in rows}
    levels = []
    for index, level in enumerate(given):
        at = f"/approval/levels/{index}"
        approvers = level.get("approver_ids", [])
        problems += absent_ids(f"{at}/approver_ids", approvers, people, "contact")
        levels.append(
            Level(
                number=index,
                name=level["name"],
                min_total=_min_total(scope, at, level, problems),
                required=level.get("required", 1),
                approver_ids=tuple(approvers),
            )
        )
    return number_levels(levels)


def _min_total(scope: Scope, at: str, level: LevelInput, problems: Problems) -> int:
    try:
        return money.amount(level.get("min_total", "0"), scope.decimals)
    except ValueError as error:
        problems.append(FieldError(f"{at}/min_total", "invalid_money", f"min_total: {error}"))
        return 0


def absent_ids(at: str, ids: Sequence[str], known: set[str], kind: str) -> list[FieldError]:
    """An error for each id in a list that is none of the known ones of the account."""
    return [
        FieldError(f"{at}/{index}", "not_found", f"this account has no such {kind}")
        for index, identity in enumerate(ids)
        if identity not in known
    ]


def merged_sites(
    scope: Scope, account: AccountState, given: Sequence[SiteInput], now: int, problems: Problems
) -> tuple[SiteState, ...]:
    """The sites of an account after these were sent with it.

    One with the same `external_id` is changed, or else one of the same name whose `external_id`
    does not say that it is another; the rest is added. Two that mean the same site are refused.
    """
    known = _KnownSites(account.sites)
    sites = {site.id: site for site in account.sites}
    sent: set[str] = set()
    for index, site in enumerate(given):
        found = known.find(site) or new_site(scope, account.id, site["name"], now)
        if found.id in sent:
            detail = "the same site as an entry before it"
            problems.append(FieldError(f"/sites/{index}", "duplicate", detail))
        sent.add(found.id)
        sites[found.id] = changed_site(found, site, now)
        known.add(sites[found.id])
    return tuple(sites.values())


def changed_site(site: SiteState, change: SiteInput | SiteChange, now: int) -> SiteState:
    """A site with these checked changes; unchanged, it keeps its `updated_at`."""
    after = site._replace(
        name=change.get("name", site.name),
        external_id=change.get("external_id", site.external_id),
        active=change.get("active", site.active),
    )
    return site if after == site else after._replace(updated_at=now)


def new_site(scope: Scope, account_id: str, name: str, now: int) -> SiteState:
    """A site as it is made: active, without an `external_id`."""
    return SiteState(scope.runtime.new_id(), account_id, name, None, True, now, now)


class _KnownSites:
    """The sites of an account, found as imports name them."""

    def __init__(self, sites: Sequence[SiteState]) -> None:
        self._by_external_id: dict[str, SiteState] = {}
        self._by_name: dict[str, list[SiteState]] = defaultdict(list)
        for site in sites:
            self.add(site)

    def add(self, site: SiteState) -> None:
        if site.external_id is not None:
            self._by_external_id.setdefault(site.external_id, site)
        self._by_name[site.name].append(site)

    def find(self, sought: SiteInput) -> SiteState | None:
        external_id = sought.get("external_id")
        if external_id is not None and external_id in self._by_external_id:
            return self._by_external_id[external_id]
        for site in self._by_name[sought["name"]]:
            if external_id is None or site.external_id is None:
                return site
        return None
