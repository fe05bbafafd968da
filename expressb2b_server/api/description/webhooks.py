"""The webhooks of the OpenAPI document, by event name."""

from __future__ import annotations

from expressb2b_server.api.description import examples
from expressb2b_server.api.description.headers import WEBHOOK_PARAMETERS, parameter_refs
from expressb2b_server.api.description.shapes import Schema, ref

_SUMMARIES = {
    "order.placed": "A buyer submitted an order.",
    "order.approved": "An order passed its approval.",
    "order.rejected": "An order was rejected by an approver.",
    "order.fulfilled": "An order was marked as fulfilled.",
    "order.cancelled": "An order was cancelled by its buyer or an admin.",
}


def webhook(name: str) -> Schema:
    """What is sent when this event happens."""
    body = examples.RESOURCES["webhook_event"] | {"event": name}
    return {
        "post": {
            "operationId": name.replace(".", "_"),
            "tags": ["Events"],
            "summary": _SUMMARIES[name],
            "description": "Sent to the endpoints that ask for it, signed. Answer with any 2xx.",
            "parameters": parameter_refs(WEBHOOK_PARAMETERS),
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": ref("webhook_event"),
                        "examples": {"example": {"value": body}},
                    }
                },
            },
            "responses": {"2XX": {"description": "Received; it is not sent again."}},
        }
    }
