"""Reading what a route declares: its query and its body, in the version that was asked for.

The services check values; what is refused here is what a call of a service could not say, such
as a field that does not exist.
"""

from __future__ import annotations

from functools import cache
from typing import TypedDict

from expressb2b_core.errors import UnreadableBody
from expressb2b_core.inputs.records import Record, checked, read_query
from expressb2b_server.api import bodies, queries
from expressb2b_server.api.requests import Request


class NoFields(TypedDict):
    """For requests whose body says nothing."""


Arguments = dict[str, object]


def query_of(request: Request) -> Arguments:
    """The argument `query` of the handler, where its route declares one.

    Raises:
        ValidationFailed: naming every parameter that needs attention.
    """
    declaration = request.route.query
    pairs = request.pairs
    if declaration is None:
        queries.refuse_all(pairs)
        return {}
    if not request.is_newest:
        pairs = _forward_pairs(request, pairs)
    return {"query": read_query(declaration, pairs)}


def body_of(request: Request, raw: bytes) -> Arguments:
    """The argument `body` of the handler, where its route declares one.

    Its fields exist, and those that are required are there; the rest is the services' to check.

    Raises:
        UnreadableBody: there is none where one is needed, or it is no JSON.
        UnsupportedMediaType: it is not declared as JSON.
        ValidationFailed: naming every field that needs attention.
    """
    route = request.route
    if raw:
        value = bodies.parse(raw, request.environ.get("CONTENT_TYPE", ""))
    elif route.needs_body:
        raise UnreadableBody("This request needs a JSON body.")
    else:
        value = {}
    if not request.is_newest and route.takes is not None and isinstance(value, dict):
        value = request.versions.bring_forward(route.takes, request.version, value)
    if route.body is None:
        checked(NoFields, value)
        return {}
    return {"body": _fitting(route.body, value)}


def _fitting(declaration: type, value: object) -> object:
    known, required = _names(declaration)
    if isinstance(value, dict) and required <= value.keys() <= known:
        return value
    return checked(declaration, value)


@cache
def _names(declaration: type) -> tuple[frozenset[str], frozenset[str]]:
    rules = Record(declaration).fields
    return frozenset(rules), frozenset(name for name in rules if rules[name].required)


def _forward_pairs(request: Request, pairs: queries.Pairs) -> queries.Pairs:
    named: dict[str, object] = dict(pairs)
    if len(named) != len(pairs):
        return pairs  # something is given twice, and refused as it was sent
    kind = f"{request.route.gives}_query"
    moved = request.versions.bring_forward(kind, request.version, named)
    return [(name, str(text)) for name, text in moved.items()]
