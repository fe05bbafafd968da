"""Workspaces: seen, entered and made. Each has its own catalog, customers, orders and keys."""

from __future__ import annotations

from expressb2b_core.inputs import moments
from expressb2b_core.money import CURRENCIES
from expressb2b_core.services import workspaces
from expressb2b_server.panel.exports import values_as_csv
from expressb2b_server.panel.requests import WORKSPACE_PREFIX, Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import ADMIN, Pages

pages = Pages()

_CURRENCIES = tuple((code, code) for code in sorted(CURRENCIES))


@pages.get("/workspaces", ADMIN)
def list_workspaces(request: Request) -> Response:
    """All workspaces, and a form for another."""
    return request.page("workspaces.html", form=request.form, currencies=_CURRENCIES)


@pages.get("/workspaces.csv", ADMIN)
def export_workspaces(request: Request) -> Response:
    """The same as a file."""
    rows = [(one.name, one.currency, moments.text(one.created_at)) for one in request.workspaces]
    return values_as_csv(request, "workspaces", ("name", "currency", "created_at"), rows)


@pages.post("/workspaces", on_refusal=list_workspaces)
def create_workspace(request: Request) -> Response:
    """Make a workspace, and go there."""
    form = request.form
    made = workspaces.create(
        request.runtime, form.text("name").strip(), form.text("currency"), request.actor
    )
    request.enter(made, f"{WORKSPACE_PREFIX}{made.id}")
    return request.done("/", "workspace-made")
