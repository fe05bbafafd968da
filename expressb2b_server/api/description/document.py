"""The OpenAPI 3.1 document as a whole: every path, every schema, the webhooks."""

from __future__ import annotations

from collections.abc import Sequence

from expressb2b_core.inputs.records import Record
from expressb2b_core.rules.order_states import EVENTS
from expressb2b_core.services.documents import encode
from expressb2b_server.api.description import examples
from expressb2b_server.api.description.headers import HEADERS, parameters
from expressb2b_server.api.description.kinds import KINDS
from expressb2b_server.api.description.operations import operation
from expressb2b_server.api.description.responses import refusals_of
from expressb2b_server.api.description.shapes import Schema, component_name
from expressb2b_server.api.description.webhooks import webhook
from expressb2b_server.api.routes import Route
from expressb2b_server.release import NAME

DESCRIPTION = """\
Orders at negotiated prices, their approval, the catalog and its stock, billing accounts, and a \
feed of everything that happened.

Authenticate with `Authorization: Bearer <key>`. Money is a decimal string, times are UTC. Errors \
are problem documents (RFC 9457). Lists go on with `meta.next_cursor`. Any POST may carry an \
`Idempotency-Key`. Unknown fields and parameters are refused."""

_TAGS = {
    "Orders": "Quote, place, decide, fulfill and cancel orders.",
    "Events": "Everything that happened to orders, in order.",
    "Products": "The catalog, its prices and its stock.",
    "Inventory": "Stock levels.",
    "Pricing tiers": "Price levels that accounts belong to.",
    "Billing accounts": "Customers, their sites and their people.",
    "Webhooks": "Where events are sent, and what arrived there.",
    "About": "What this is. No key needed.",
    "Operations": "For whatever watches over the server. No key needed.",
}


def text(routes: Sequence[Route], versions: Sequence[str]) -> str:
    """The document as JSON text."""
    return encode(document(routes, versions))


def document(routes: Sequence[Route], versions: Sequence[str]) -> Schema:
    """The document: every path, every schema, the webhooks.

    It describes the shape of the newest of these versions, which are named oldest first.
    """
    paths: dict[str, Schema] = {}
    inputs: Schema = {}
    for route in routes:
        if route.body is not None:
            inputs[route.body.__name__] = Record(route.body).schema()
        paths.setdefault(route.path, {})[route.method.lower()] = operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{NAME} API",
            "version": versions[-1],
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": said} for name, said in _TAGS.items()],
        "paths": paths,
        "webhooks": {name: webhook(name) for name in EVENTS},
        "components": {
            "schemas": _answers() | inputs,
            "responses": refusals_of(routes),
            "headers": HEADERS,
            "parameters": parameters(versions),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key: `eb2b_live_…`.",
                }
            },
        },
    }


def _answers() -> Schema:
    found: Schema = {}
    for kind, schema in KINDS.items():
        example = examples.RESOURCES.get(kind)
        found[component_name(kind)] = schema | ({"examples": [example]} if example else {})
    return found
