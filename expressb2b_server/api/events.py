"""`/api/events`: everything that happened to orders, in order."""

from __future__ import annotations

from expressb2b_core.inputs.events import EventQuery
from expressb2b_core.services.documents import entity_tag
from expressb2b_server.api import answers
from expressb2b_server.api.answers import Answer
from expressb2b_server.api.requests import Request
from expressb2b_server.api.routes import EXAMPLE_ID, UUID_PATTERN, Identity, Routes

EVENT_ID = Identity("id", "event", pattern=f"wh_{UUID_PATTERN}", example=f"wh_{EXAMPLE_ID}")

routes = Routes("Events", scope="orders", identity=EVENT_ID)


@routes.get("/api/events", gives="event", many=True)
def list_events(request: Request, query: EventQuery) -> Answer:
    """Read the feed of events.

    In the order in which they happened. `seq` counts up by one without gaps: whoever goes on from
    `meta.next_after` misses nothing. Without new events `next_after` stays what it was.
    """
    return answers.event_page(request, request.workspace.events.list(**query))


@routes.get("/api/events/{id}", gives="event")
def get_event(request: Request, event_id: str) -> Answer:
    """Retrieve an event."""
    return answers.document(request, request.workspace.events.get(event_id))


@routes.get("/api/events/{id}/raw", gives="webhook_event")
def get_event_bytes(request: Request, event_id: str) -> Answer:
    """Retrieve the very bytes of an event.

    Those that were signed and sent to endpoints of the newest version, whatever version this
    request is in.
    """
    body = request.workspace.events.raw(event_id)
    return Answer(200, body, etag=f'"{entity_tag(body.decode())}"')
