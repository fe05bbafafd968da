"""Events, in the feed and as webhooks send them."""

from __future__ import annotations

from collections.abc import Mapping

from expressb2b_core.rules.order_states import EVENTS, STATUSES
from expressb2b_server.api.description.shapes import (
    AMOUNT,
    COUNT,
    EVENT_ID,
    ID,
    MOMENT,
    Schema,
    choice,
    fields,
    or_null,
    ref,
)

EVENT_DATA = fields(
    "The order, and what receivers look at first.",
    {
        "order_id": ID,
        "status": choice(*STATUSES),
        "billing_account_id": ID,
        "site_id": ID,
        "total": AMOUNT,
        "items_count": COUNT,
        "order": ref("order"),
    },
)
_EVENT_FIELDS: Mapping[str, Schema] = {
    "event": choice(*EVENTS),
    "id": EVENT_ID,
    "created_at": MOMENT,
    "data": ref("event_data"),
}
WEBHOOK_EVENT = fields("The body of a webhook.", _EVENT_FIELDS)
EVENT = fields(
    "What happened to an order; `seq` is its place in the workspace's sequence.",
    {"seq": or_null(COUNT), **_EVENT_FIELDS},
)
