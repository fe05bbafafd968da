"""Where somebody is signed in, as a file: for themselves, and for administrators."""

from __future__ import annotations

from expressb2b_core.inputs import moments
from expressb2b_core.services import admin_sessions
from expressb2b_server.panel.exports import values_as_csv
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response

_COLUMNS = ("signed_in_at", "last_seen_at", "ends_at", "is_this_browser")


def sessions_as_csv(request: Request, administrator_id: str) -> Response:
    """The open sessions of an administrator."""
    rows = [
        (
            moments.text(one.created_at),
            moments.text(one.last_seen_at),
            moments.text(one.expires_at),
            one.digest == request.person.digest,
        )
        for one in admin_sessions.list_open(request.runtime, administrator_id)
    ]
    return values_as_csv(request, "sessions", _COLUMNS, rows)
