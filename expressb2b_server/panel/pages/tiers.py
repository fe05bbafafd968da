"""Pricing tiers: made, renamed, removed."""

from __future__ import annotations

from expressb2b_server.panel.exports import documents_as_csv
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import Pages

pages = Pages()

_EXPORTED = {"code": "code", "name": "name", "created_at": "created_at", "updated_at": "updated_at"}


@pages.get("/tiers")
def list_tiers(request: Request) -> Response:
    """All tiers, and a form for another."""
    tiers = list(request.workspace.tiers.iterate(per_page=100))
    return request.page("products/tiers.html", tiers=tiers, form=request.form)


@pages.get("/tiers.csv")
def export_tiers(request: Request) -> Response:
    """All tiers as a file."""
    tiers = request.workspace.tiers.iterate(per_page=100)
    return documents_as_csv(request, "pricing-tiers", _EXPORTED, tiers)


@pages.post("/tiers", on_refusal=list_tiers)
def save_tier(request: Request) -> Response:
    """Make a tier, or rename the one of this code."""
    form, tiers = request.form, request.workspace.tiers
    tiers.put(form.text("code").strip(), name=form.text("name").strip())
    return request.done("/tiers", "tier-saved")


@pages.post("/tiers/remove", on_refusal=list_tiers)
def remove_tier(request: Request) -> Response:
    """Remove a tier that nothing refers to any more."""
    request.workspace.tiers.delete(request.form.text("code"))
    return request.done("/tiers", "tier-removed")
