"""All routes that need a key. A new resource is added here, and nowhere else."""

from __future__ import annotations

from expressb2b_server.api import accounts, events, inventory, orders, products, tiers, webhooks
from expressb2b_server.api.routes import Route

KEYED: tuple[Route, ...] = (
    *orders.routes,
    *products.routes,
    *inventory.routes,
    *tiers.routes,
    *accounts.routes,
    *events.routes,
    *webhooks.routes,
)
