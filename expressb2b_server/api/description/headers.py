"""Headers of requests, answers and webhooks: the reusable parts of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from expressb2b_server.api.description.shapes import EVENT_ID, ID, VERSION, Schema


def header_refs(names: Iterable[str]) -> Schema:
    """References to headers of answers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def parameter_refs(names: Iterable[str]) -> list[Schema]:
    """References to headers of requests."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _header(description: str, schema: Schema) -> Schema:
    return {"description": description, "schema": schema}


_WHOLE: Schema = {"type": "integer"}
_TEXT: Schema = {"type": "string"}
COMMON_HEADERS = ("X-Request-Id", "X-ExpressB2B-Version")
LIMIT_HEADERS = (
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "RateLimit-Policy",
    "RateLimit",
)
HEADERS: Schema = {
    "X-Request-Id": _header("Yours, where it is valid, or a new one.", _TEXT),
    "X-ExpressB2B-Version": _header("The version that answered.", VERSION),
    "X-RateLimit-Limit": _header("Requests in any 60 seconds.", _WHOLE),
    "X-RateLimit-Remaining": _header("How many are left.", _WHOLE),
    "X-RateLimit-Reset": _header("When there is room again, in epoch seconds.", _WHOLE),
    "RateLimit-Policy": _header('Such as `"read";q=120;w=60`.', _TEXT),
    "RateLimit": _header('Such as `"read";r=117;t=42`.', _TEXT),
    "Retry-After": _header("A request sent that many seconds later is accepted.", _WHOLE),
    "WWW-Authenticate": _header("`Bearer`.", _TEXT),
}


def _parameter(name: str, description: str, schema: Schema, *, required: bool = False) -> Schema:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": schema,
    }


_TAG = r'(W/)?"[!#-~]*"'
_TAGS: Schema = {
    "type": "string",
    "pattern": rf"^(\*|{_TAG}(, *{_TAG})*)$",
    "examples": ['"5d41402abc4b2a76b9719d91"'],
}
_PARAMETERS: Schema = {
    "IdempotencyKey": _parameter(
        "Idempotency-Key",
        "The same request with the same key has one effect; kept for 7 days.",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    ),
    "IfMatch": _parameter("If-Match", "Only if it still has this `ETag`; else 412.", _TAGS),
    "IfNoneMatch": _parameter("If-None-Match", "304 if it still has this `ETag`.", _TEXT),
    "WebhookSignature": _parameter(
        "X-ExpressB2B-Signature",
        "`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 of `<t>.<body>` with the endpoint's secret; "
        "during a rotation there are two `v1`.",
        {"type": "string", "pattern": "^t=[0-9]+(,v1=[0-9a-f]{64})+$"},
        required=True,
    ),
    "WebhookEvent": _parameter("X-ExpressB2B-Event", "The type of event.", _TEXT, required=True),
    "WebhookDelivery": _parameter("X-ExpressB2B-Delivery", "The delivery's id.", ID, required=True),
    "WebhookVersion": _parameter(
        "X-ExpressB2B-Version", "The version the body is in.", VERSION, required=True
    ),
    "StandardWebhookId": _parameter("webhook-id", "The event's id.", EVENT_ID, required=True),
    "StandardWebhookTimestamp": _parameter(
        "webhook-timestamp", "Unix seconds of this attempt.", _TEXT, required=True
    ),
    "StandardWebhookSignature": _parameter(
        "webhook-signature",
        "`v1,<base64>`, as Standard Webhooks 1.0 has it.",
        _TEXT,
        required=True,
    ),
}
WEBHOOK_PARAMETERS = (
    "WebhookSignature",
    "WebhookEvent",
    "WebhookDelivery",
    "WebhookVersion",
    "StandardWebhookId",
    "StandardWebhookTimestamp",
    "StandardWebhookSignature",
)


def parameters(versions: Sequence[str]) -> Schema:
    """The headers of requests; the versions are those that may be asked for."""
    asked: Schema = {"type": "string", "enum": list(versions)}
    said = "Instead of the version the key is pinned to."
    return {"Version": _parameter("X-ExpressB2B-Version", said, asked), **_PARAMETERS}
