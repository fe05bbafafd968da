"""The audit log: who did what, when, and from which door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from expressb2b_core.errors import InvalidInput
from expressb2b_core.inputs.audit import DOORS, SUBJECTS, AuditQuery
from expressb2b_core.services import audit
from expressb2b_core.services.audit import AuditEntry, AuditPage
from expressb2b_core.services.documents import encode
from expressb2b_core.services.spreadsheets.cells import cell
from expressb2b_server.panel.exports import rows_as_csv
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import ADMIN, Pages

pages = Pages()

_PER_PAGE = 50
_FILTERS = ("door", "subject_type", "subject_id", "actor_id", "since", "until")
_COLUMNS = ("id", "at", "actor", "actor_type", "actor_id", "door", "action", "subject", "details")
_PATHS: Mapping[str, str] = MappingProxyType(
    {
        "order": "/orders/",
        "api_key": "/keys/",
        "webhook": "/webhooks/",
        "delivery": "/deliveries/",
        "account": "/accounts/",
        "site": "/sites/",
        "contact": "/people/",
        "administrator": "/administrators/",
    }
)


@pages.get("/audit", ADMIN)
def show_log(request: Request) -> Response:
    """One page of entries, newest first, with filters."""
    found: AuditPage | None = None
    try:
        asked = _asked(request)
        before = request.query.whole("before")
        if before is not None:
            asked["before"] = before
        found = audit.entries(request.workspace.scope, **(asked | {"per_page": _PER_PAGE}))
    except InvalidInput as error:
        request.query.refuse(error)
        request.status = 422
    return request.page(
        "audit/log.html",
        found=found,
        query=request.query,
        doors=DOORS,
        subjects=SUBJECTS,
        paths=_PATHS,
    )


@pages.get("/audit.csv", ADMIN)
def export_log(request: Request) -> Response:
    """All entries of the filters as a file."""
    rows = (_row(entry) for entry in _all(request))
    return rows_as_csv(request, "audit-log", _COLUMNS, rows)


def _all(request: Request) -> Iterator[AuditEntry]:
    asked = _asked(request) | {"per_page": 100}
    page = audit.entries(request.workspace.scope, **asked)
    yield from page
    while page.next_before is not None:
        page = audit.entries(request.workspace.scope, **(asked | {"before": page.next_before}))
        yield from page


def _row(entry: AuditEntry) -> list[str]:
    actor, subject = entry.actor, entry.subject
    return [
        cell(value)
        for value in (
            entry["id"],
            entry.at,
            actor["name"],
            actor["type"],
            actor["id"],
            entry.door,
            entry.action,
            f"{subject['type']} {subject['id'] or ''}".strip(),
            encode(entry.details),
        )
    ]


def _asked(request: Request) -> AuditQuery:
    asked = AuditQuery()
    for name in _FILTERS:
        value = request.query.optional(name)
        if value is not None:
            asked[name] = value  # type: ignore[literal-required]
    return asked
