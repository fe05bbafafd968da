"""What several pages let people choose from: tiers, accounts, whom a price is for."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice

from expressb2b_core.errors import NotFound
from expressb2b_server.panel.requests import Request

_MOST_CHOICES = 500


def tier_choices(request: Request) -> list[tuple[str, str]]:
    """All tiers to choose from, none being the first."""
    tiers = request.workspace.tiers.iterate(per_page=100)
    return [("", "None: base prices"), *((tier.code, tier.name) for tier in tiers)]


def account_choices(request: Request, chosen: str = "") -> list[tuple[str, str]]:
    """Accounts to choose from: as many as a browser shows with ease, and the one chosen."""
    accounts = request.workspace.accounts.iterate(per_page=100, active=True)
    found = {one.id: one.name for one in islice(accounts, _MOST_CHOICES)}
    if chosen and chosen not in found:
        with suppress(NotFound):
            found[chosen] = request.workspace.accounts.get(chosen).name
    return sorted(found.items(), key=lambda one: one[1].casefold())


def payer_choices(request: Request) -> list[tuple[str, str]]:
    """Whom a price may be for: a tier or an account."""
    tiers = request.workspace.tiers.iterate(per_page=100)
    return [
        *((f"tier:{tier.code}", f"Tier {tier.name}") for tier in tiers),
        *((f"account:{account_id}", name) for account_id, name in account_choices(request)),
    ]
