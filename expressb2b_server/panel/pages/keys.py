"""API keys: made, shown once, rotated, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from expressb2b_core.inputs.keys import ALL_SCOPES
from expressb2b_core.services import audit
from expressb2b_core.services.keys import NewKey
from expressb2b_core.services.limits import DEFAULTS
from expressb2b_server.panel import curl
from expressb2b_server.panel.exports import documents_as_csv
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import ADMIN, Pages

pages = Pages()

_DAY = 86_400
_LIFETIMES = (
    ("", "Never"),
    (str(30 * _DAY), "In 30 days"),
    (str(90 * _DAY), "In 90 days"),
    (str(365 * _DAY), "In a year"),
)
_OVERLAPS = (
    ("0", "At once"),
    ("3600", "In an hour"),
    (str(_DAY), "In a day"),
    (str(7 * _DAY), "In a week"),
)
_SCOPE_WORDS = tuple(
    (scope, scope.replace(":read", ": read").replace(":write", ": read and change").capitalize())
    for scope in ALL_SCOPES
)
_BUCKETS = (
    ("read", "Reads in a minute"),
    ("write", "Writes in a minute"),
    ("webhook_registration", "Webhook registrations in a minute"),
)
_EXPORTED: Mapping[str, str] = MappingProxyType(
    {
        "id": "id",
        "name": "name",
        "state": "state",
        "mode": "mode",
        "prefix": "prefix",
        "scopes": "scopes",
        "version": "version",
        "created_at": "created_at",
        "expires_at": "expires_at",
        "revoked_at": "revoked_at",
        "last_used_at": "last_used_at",
    }
)


@pages.get("/keys")
def list_keys(request: Request) -> Response:
    """All keys, those that work first."""
    keys = sorted(request.workspace.keys.list(), key=lambda key: key.state != "active")
    return request.page("keys/list.html", keys=keys)


@pages.get("/keys.csv")
def export_keys(request: Request) -> Response:
    """All keys as a file; their texts are known to nobody."""
    return documents_as_csv(request, "api-keys", _EXPORTED, request.workspace.keys.list())


@pages.get("/keys/new", ADMIN)
def show_new_key(request: Request) -> Response:
    """Ask what a new key may do."""
    return request.page(
        "keys/new.html",
        form=request.form,
        scopes=_SCOPE_WORDS,
        lifetimes=_LIFETIMES,
        buckets=_BUCKETS,
        defaults=DEFAULTS,
        all_scopes=ALL_SCOPES,
    )


@pages.post("/keys", on_refusal=show_new_key)
def create_key(request: Request) -> Response:
    """Make a key, and show its text this once."""
    form = request.form
    limits = {name: form.whole(f"limits/{name}") for name, _ in _BUCKETS}
    key = request.workspace.keys.create(
        name=form.text("name").strip(),
        scopes=form.many("scopes"),
        expires_in_seconds=form.whole("expires_in_seconds"),
        limits={name: value for name, value in limits.items() if value is not None},
        mode=form.text("mode") or "live",
    )
    return _show_once(request, key, "made")


@pages.get("/keys/<key_id>")
def show_key(request: Request, key_id: str) -> Response:
    """One key: what it may do, when it was used, what happened to it."""
    key = request.workspace.keys.get(key_id)
    history = audit.entries(request.workspace.scope, subject_type="api_key", subject_id=key.id)
    return request.page(
        "keys/one.html",
        key=key,
        form=request.form,
        overlaps=_OVERLAPS,
        scopes=dict(_SCOPE_WORDS),
        history=list(history),
    )


@pages.post("/keys/<key_id>/rotate", on_refusal=show_key)
def rotate_key(request: Request, key_id: str) -> Response:
    """Give a key a new text, and show it this once."""
    overlap = request.form.whole("overlap_seconds") or 0
    key = request.workspace.keys.rotate(key_id, overlap)
    return _show_once(request, key, "rotated")


@pages.post("/keys/<key_id>/revoke", on_refusal=show_key)
def revoke_key(request: Request, key_id: str) -> Response:
    """End a key at once."""
    request.workspace.keys.revoke(key_id)
    return request.done(f"/keys/{key_id}", "key-revoked")


def _show_once(request: Request, key: NewKey, what: str) -> Response:
    path = "/api/orders?per_page=3" if _may_read(key, "orders") else _first_readable(key)
    command = curl.get(request.public_url, path, key["key"])
    return request.page("keys/made.html", key=key, what=what, command=command)


def _may_read(key: NewKey, resource: str) -> bool:
    return any(scope.startswith(f"{resource}:") for scope in key.scopes)


def _first_readable(key: NewKey) -> str:
    paths = {
        "catalog": "/api/products?per_page=3",
        "accounts": "/api/billing-accounts?per_page=3",
        "webhooks": "/api/webhooks",
    }
    return next((path for name, path in paths.items() if _may_read(key, name)), "/api")
