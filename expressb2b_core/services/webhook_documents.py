"""A webhook endpoint as it is stored, and as its owner sees it."""

from __future__ import annotations

import json
from typing import NamedTuple

from expressb2b_core.inputs.moments import optional_text, text
from expressb2b_core.services.documents import Document, encode
from expressb2b_core.storage import tables


class EndpointRow(NamedTuple):
    """The columns of an endpoint; `events` is JSON, times are seconds since 1970."""

    id: str
    url: str
    events: str
    description: str | None
    status: str
    disabled_reason: str | None
    version: str
    secret_version: int
    old_secret_until: int | None
    failing_since: int | None
    last_success_at: int | None
    last_failure_at: int | None
    created_at: int
    updated_at: int


COLUMNS = tuple(getattr(tables.WebhookEndpoint, name) for name in EndpointRow._fields)
"""What makes an `EndpointRow`."""


class WebhookEndpoint(Document):
    """An endpoint; `secret` is there at registration and rotation only.

    `disabled_reason` is `owner`, `gone` (it answered 410) or `failing` (five days long).
    """

    id: str
    url: str
    events: list[str]
    description: str | None
    status: str
    disabled_reason: str | None
    version: str
    secret_version: int
    secret: str
    old_secret_until: str | None
    failing_since: str | None
    last_success_at: str | None
    last_failure_at: str | None
    created_at: str
    updated_at: str


def endpoint_document(
    row: EndpointRow, *, secret: str | None = None, created: bool = False
) -> WebhookEndpoint:
    """The endpoint as JSON, with its secret where that is to be shown."""
    fields = {
        "id": row.id,
        "url": row.url,
        "events": json.loads(row.events),
        "description": row.description,
        "status": row.status,
        "disabled_reason": row.disabled_reason,
        "version": row.version,
        "secret_version": row.secret_version,
        "old_secret_until": optional_text(row.old_secret_until),
        "failing_since": optional_text(row.failing_since),
        "last_success_at": optional_text(row.last_success_at),
        "last_failure_at": optional_text(row.last_failure_at),
        "created_at": text(row.created_at),
        "updated_at": text(row.updated_at),
    }
    if secret is not None:
        fields["secret"] = secret
    return WebhookEndpoint(encode(fields), created=created)
