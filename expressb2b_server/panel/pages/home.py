"""The first page: what needs a person, and how business goes."""

from __future__ import annotations

from expressb2b_core.inputs import moments
from expressb2b_core.services import audit, overview
from expressb2b_core.storage.dialects import SQLITE
from expressb2b_server.panel import chart
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import Pages

pages = Pages()

_BACKUP_LASTS_SECONDS = 3 * 86_400


@pages.get("/")
def show_home(request: Request) -> Response:
    """What needs a person, each line leading to its remedy."""
    workspace = request.workspace
    found = overview.read(workspace.scope)
    backup = audit.find_last(request.runtime, "backup", "backup.created")
    return request.page(
        "home.html",
        found=found,
        chart=chart.draw(found.days, found.total, workspace.currency),
        is_sqlite=request.runtime.database.dialect is SQLITE,
        backup=backup,
        backup_is_old=backup is not None
        and request.now - moments.parse(backup.at) > _BACKUP_LASTS_SECONDS,
        has_keys=bool(workspace.keys.list()),
        has_products=bool(workspace.products.list(per_page=1).total),
        has_accounts=bool(workspace.accounts.list(per_page=1).total),
    )
