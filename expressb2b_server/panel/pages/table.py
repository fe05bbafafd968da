"""Every page and action of the panel."""

from __future__ import annotations

from expressb2b_server.panel.pages import (
    accounts,
    administrators,
    approval_levels,
    approvals,
    audit_log,
    deliveries,
    entrance,
    home,
    imports,
    keys,
    orders,
    people,
    prices,
    products,
    settings,
    tiers,
    webhooks,
    workspaces,
)
from expressb2b_server.panel.routing import Route

ROUTES: tuple[Route, ...] = (
    *entrance.pages,
    *home.pages,
    *orders.pages,
    *approvals.pages,
    *accounts.pages,
    *approval_levels.pages,
    *people.pages,
    *products.pages,
    *prices.pages,
    *tiers.pages,
    *imports.pages,
    *keys.pages,
    *webhooks.pages,
    *deliveries.pages,
    *audit_log.pages,
    *administrators.pages,
    *workspaces.pages,
    *settings.pages,
)
