"""Webhook endpoints and deliveries."""

from __future__ import annotations

from expressb2b_core.rules.order_states import EVENTS
from expressb2b_server.api.description.shapes import (
    COUNT,
    EVENT_ID,
    ID,
    MOMENT,
    TEXT,
    WHOLE,
    Schema,
    choice,
    fields,
    listed,
    or_null,
)

WEBHOOK: Schema = fields(
    "A URL that is told of events. `secret` is there at registration and rotation only.",
    {
        "id": ID,
        "url": TEXT,
        "events": listed(choice(*EVENTS, "*")),
        "description": or_null(TEXT),
        "status": choice("enabled", "disabled"),
        "disabled_reason": or_null(choice("owner", "gone", "failing"))
        | {"enum": ["owner", "gone", "failing", None]},
        "version": TEXT,
        "secret_version": COUNT,
        "old_secret_until": or_null(MOMENT),
        "failing_since": or_null(MOMENT),
        "last_success_at": or_null(MOMENT),
        "last_failure_at": or_null(MOMENT),
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "secret": {"type": "string", "pattern": "^whsec_[A-Za-z0-9+/=]+$"},
    },
    optional="secret",
)
_ATTEMPT: Schema = fields(
    "One attempt. `status` is of HTTP, `response` the first 1 KiB of the answer.",
    {
        "at": MOMENT,
        "duration_ms": COUNT,
        "status": or_null(WHOLE),
        "response": or_null(TEXT),
        "error": or_null(TEXT),
    },
)
DELIVERY: Schema = fields(
    "One event for one endpoint. In lists it comes without `attempts`.",
    {
        "id": ID,
        "webhook_id": ID,
        "event_id": EVENT_ID,
        "event": choice(*EVENTS, "webhook.test"),
        "status": choice("pending", "succeeded", "failed"),
        "attempts_count": COUNT,
        "next_attempt_at": or_null(MOMENT),
        "created_at": MOMENT,
        "finished_at": or_null(MOMENT),
        "attempts": listed(_ATTEMPT),
    },
    optional="attempts",
)
QUEUED: Schema = fields("How many deliveries were queued.", {"queued": COUNT})
