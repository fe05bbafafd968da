"""`/api/webhooks` and `/api/deliveries`: where events go, and what arrived there."""

from __future__ import annotations

import json
import re

from expressb2b_core.errors import EndpointDisabled
from expressb2b_core.inputs.webhooks import (
    DeliveryQuery,
    EndpointChange,
    EndpointInput,
    EndpointQuery,
    Replay,
)
from expressb2b_core.services.webhook_secrets import current_secret
from expressb2b_server.api import answers
from expressb2b_server.api.answers import Answer
from expressb2b_server.api.requests import Request
from expressb2b_server.api.routes import Identity, Routes

_endpoints = Routes("Webhooks", scope="webhooks", identity=Identity("id", "webhook endpoint"))
_deliveries = Routes("Webhooks", scope="webhooks", identity=Identity("id", "delivery"))

# In a JSON document only a member can look like this: quotes inside a string are escaped.
_SECRET = re.compile(r'"secret":"[^"]*"')
_NO_SECRET = '"secret":""'  # noqa: S105 - what stands where one stood


def without_secret(text: str) -> str:
    """An endpoint's document as it may be kept for a repeat of the request."""
    return _SECRET.sub(_NO_SECRET, text, count=1)


def with_secret(request: Request, text: str) -> str:
    """The same document with the secret that it had, derived again."""
    endpoint = json.loads(text)
    runtime = request.workspace.scope.runtime
    secret = current_secret(runtime, endpoint["id"], endpoint["secret_version"])
    return text.replace(_NO_SECRET, f'"secret":"{secret}"', 1)


def look_up_url(request: Request, body: EndpointInput | EndpointChange) -> None:
    """Ask for the addresses of the URL before anything is held; the check itself comes later."""
    check = request.workspace.scope.runtime.check_webhook_url
    url = body.get("url")
    if check is not None and isinstance(url, str):
        check(url)


@_endpoints.get("/api/webhooks", gives="webhook", many=True)
def list_webhooks(request: Request, query: EndpointQuery) -> Answer:
    """List webhook endpoints."""
    return answers.page(request, request.workspace.webhooks.list(**query))


@_endpoints.post(
    "/api/webhooks",
    gives="webhook",
    takes="webhook",
    statuses=(201,),
    bucket="webhook_registration",
    prepare=look_up_url,
    redact=without_secret,
    restore=with_secret,
)
def register_webhook(request: Request, body: EndpointInput) -> Answer:
    """Register a webhook.

    The answer holds the signing `secret`; it is shown here and at rotation only. The endpoint's
    events come in the version of this request, now and later. The URL must be `https` and lead to
    public addresses only, unless the operator allows a network.
    """
    made = request.workspace.webhooks.register(version=request.version, **body)
    answer = answers.made(request, made, "/api/webhooks/", made.id)
    return _tagged_without_secret(request, answer, made.id)


@_endpoints.get("/api/webhooks/{id}", gives="webhook")
def get_webhook(request: Request, endpoint_id: str) -> Answer:
    """Retrieve a webhook endpoint."""
    return answers.document(request, request.workspace.webhooks.get(endpoint_id))


@_endpoints.patch(
    "/api/webhooks/{id}",
    gives="webhook",
    takes="webhook",
    has_precondition=True,
    prepare=look_up_url,
)
def update_webhook(request: Request, endpoint_id: str, body: EndpointChange) -> Answer:
    """Change a webhook endpoint.

    Disabling it holds what was not delivered yet, and nothing new is queued; enabling it lets
    what is held go, at a bounded rate.
    """
    changed = request.workspace.webhooks.update(endpoint_id, if_match=request.if_match, **body)
    return answers.document(request, changed)


@_endpoints.delete("/api/webhooks/{id}", statuses=(204,), has_precondition=True)
def delete_webhook(request: Request, endpoint_id: str) -> Answer:
    """Remove a webhook endpoint. What was not delivered to it will not be."""
    request.workspace.webhooks.delete(endpoint_id, if_match=request.if_match)
    return answers.NOTHING


@_endpoints.post(
    "/api/webhooks/{id}/rotate-secret",
    gives="webhook",
    has_precondition=True,
    redact=without_secret,
    restore=with_secret,
)
def rotate_webhook_secret(request: Request, endpoint_id: str) -> Answer:
    """Rotate the signing secret. The old one keeps signing beside the new one for 24 hours."""
    rotated = request.workspace.webhooks.rotate_secret(endpoint_id, if_match=request.if_match)
    return _tagged_without_secret(request, answers.document(request, rotated), endpoint_id)


@_endpoints.post(
    "/api/webhooks/{id}/test", gives="delivery", statuses=(202,), raises=(EndpointDisabled,)
)
def send_webhook_test(request: Request, endpoint_id: str) -> Answer:
    """Send a `webhook.test` event to this endpoint alone."""
    queued = request.workspace.webhooks.test(endpoint_id)
    return answers.plain(request, queued.text)._replace(status=202)


@_endpoints.get("/api/webhooks/{id}/deliveries", gives="delivery", many=True)
def list_deliveries(request: Request, endpoint_id: str, query: DeliveryQuery) -> Answer:
    """List the deliveries of an endpoint, newest first. They come without their attempts."""
    return answers.page(request, request.workspace.webhooks.deliveries(endpoint_id, **query))


@_endpoints.post(
    "/api/webhooks/{id}/replay", gives="queued", statuses=(202,), raises=(EndpointDisabled,)
)
def replay_webhook(request: Request, endpoint_id: str, body: Replay) -> Answer:
    """Deliver a period's events again.

    Also those that this endpoint was never sent, unless `failed_only`. They go out at a bounded
    rate, with the ids and the bytes they always had.
    """
    queued = request.workspace.webhooks.replay(endpoint_id, **body)
    return answers.plain(request, f'{{"queued":{queued}}}')._replace(status=202)


@_deliveries.get("/api/deliveries/{id}", gives="delivery")
def get_delivery(request: Request, delivery_id: str) -> Answer:
    """Retrieve a delivery, with every attempt."""
    return answers.document(request, request.workspace.webhooks.delivery(delivery_id))


@_deliveries.post(
    "/api/deliveries/{id}/redeliver",
    gives="delivery",
    statuses=(202,),
    raises=(EndpointDisabled,),
    has_precondition=True,
)
def redeliver(request: Request, delivery_id: str) -> Answer:
    """Deliver once more, with a new round of attempts."""
    queued = request.workspace.webhooks.redeliver(delivery_id, if_match=request.if_match)
    return answers.plain(request, queued.text)._replace(status=202)


def _tagged_without_secret(request: Request, answer: Answer, endpoint_id: str) -> Answer:
    """The answer with the entity tag that reading the endpoint will give."""
    readable = request.workspace.webhooks.get(endpoint_id)
    return answer._replace(etag=request.quoted_tag(readable.etag))


routes = (*_endpoints, *_deliveries)
