"""The settings the server runs with: read, not changed, since they are made where it is started."""

from __future__ import annotations

import sys

from expressb2b_server.panel.exports import values_as_csv
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import ADMIN, Pages
from expressb2b_server.release import release

pages = Pages()

_COLUMNS = ("name", "value", "source", "variable", "flag", "help")


@pages.get("/settings", ADMIN)
def show_settings(request: Request) -> Response:
    """Every setting with its value and source; secrets only say whether they are set."""
    runtime = request.runtime
    about = {
        "Release": release(),
        "Python": sys.version.split()[0],
        "Database": runtime.database.dialect.name,
        "Versions of the interface": ", ".join(runtime.versions.names),
        "Public address": request.public_url,
    }
    return request.page("settings.html", settings=request.panel.settings.shown(), about=about)


@pages.get("/settings.csv", ADMIN)
def export_settings(request: Request) -> Response:
    """The same as a file."""
    rows = [[getattr(one, name) for name in _COLUMNS] for one in request.panel.settings.shown()]
    return values_as_csv(request, "settings", _COLUMNS, rows)
