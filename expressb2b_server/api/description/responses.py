"""How a route answers: its successes, and every refusal it is known for, by status."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus

from expressb2b_core import errors
from expressb2b_core.errors import ExpressB2BError
from expressb2b_server.api import refusals
from expressb2b_server.api.description import examples
from expressb2b_server.api.description.headers import COMMON_HEADERS, LIMIT_HEADERS, header_refs
from expressb2b_server.api.description.shapes import Schema, component_name, fields, listed, ref
from expressb2b_server.api.problems import KINDS, MEDIA_TYPE, TYPE_PREFIX
from expressb2b_server.api.routes import Route

# In every answer; 429 and 503 are possible everywhere a key is needed.
_KEYED_ERRORS: tuple[type[ExpressB2BError], ...] = (
    errors.UnknownVersion,
    errors.Unauthorized,
    errors.InsufficientScope,
    errors.ValidationFailed,
    errors.RateLimited,
    errors.StorageUnavailable,
)
_BODY_ERRORS: tuple[type[ExpressB2BError], ...] = (
    errors.UnreadableBody,
    refusals.PayloadTooLarge,
    refusals.UnsupportedMediaType,
)
_IDEMPOTENCY_ERRORS: tuple[type[ExpressB2BError], ...] = (
    refusals.InvalidHeader,
    errors.IdempotencyInProgress,
    errors.IdempotencyKeyReused,
)
_LIST_ERRORS: tuple[type[ExpressB2BError], ...] = (errors.InvalidCursor, errors.PageTooDeep)


def responses(route: Route) -> Schema:
    """Every way a route answers, by status."""
    found: Schema = {str(status): _success(route, status) for status in route.statuses}
    if has_tag(route):
        found["304"] = {"description": "Not modified: you have it already."}
    for status, kinds in _errors_by_status(route).items():
        found[str(status)] = {"$ref": f"#/components/responses/{_refusal_name(status, kinds)}"}
    found["default"] = {"$ref": "#/components/responses/500.internal_error"}
    return found


def refusals_of(routes: Iterable[Route]) -> Schema:
    """Every refusal that these routes refer to, by name."""
    found = {"500.internal_error": _refusal(500, [refusals.InternalError])}
    for route in routes:
        for status, kinds in _errors_by_status(route).items():
            found[_refusal_name(status, kinds)] = _refusal(status, kinds)
    return dict(sorted(found.items()))


def _refusal_name(status: int, kinds: Sequence[type[ExpressB2BError]]) -> str:
    return ".".join((str(status), *(kind.code for kind in kinds)))


def has_tag(route: Route) -> bool:
    """It answers with a single resource, which has an `ETag`."""
    return route.method == "GET" and (route.identity is not None and not route.many)


def _success(route: Route, status: int) -> Schema:
    phrase = "Created" if status == HTTPStatus.CREATED else "Done"
    headers: Schema = header_refs(COMMON_HEADERS)
    if route.scope:
        headers |= header_refs(LIMIT_HEADERS)
    found: Schema = {"description": phrase if route.gives else "Done; no body.", "headers": headers}
    if route.gives is not None:
        media: Schema = {"schema": _answer_schema(route)}
        example = _answer_example(route)
        if example is not None:
            media["examples"] = {"example": {"value": example}}
        found["content"] = {route.media_type: media}
    elif route.media_type != "application/json":
        found["content"] = {route.media_type.partition(";")[0]: {"schema": {"type": "string"}}}
    return found


def _answer_schema(route: Route) -> Schema:
    assert route.gives is not None
    if not route.many:
        return ref(route.gives)
    meta = "feed_meta" if route.gives == "event" else "page_meta"
    described = f"A page of the kind {component_name(route.gives)}."
    return fields(described, {"data": listed(ref(route.gives)), "meta": ref(meta)})


def _answer_example(route: Route) -> object:
    assert route.gives is not None
    example = examples.RESOURCES.get(route.gives)
    if example is None or not route.many:
        return example
    if route.gives == "event":
        return {"data": [example], "meta": {"next_after": example["seq"]}}
    row = {name: value for name, value in example.items() if name != "approval_history"}
    return {"data": [row], "meta": {"total": 47, "per_page": 25, "next_cursor": None}}


def _errors_by_status(route: Route) -> Mapping[int, Sequence[type[ExpressB2BError]]]:
    found: dict[int, list[type[ExpressB2BError]]] = {}
    for kind in dict.fromkeys(_errors(route)):
        found.setdefault(KINDS[kind].status, []).append(kind)
    return dict(sorted(found.items()))


def _errors(route: Route) -> Iterator[type[ExpressB2BError]]:
    is_keyed = route.scope is not None
    is_post = route.method == "POST"
    yield from route.raises
    for applies, kinds in (
        (is_keyed, _KEYED_ERRORS),
        (not is_keyed and route.path.startswith("/api"), (errors.ValidationFailed,)),
        (route.identity is not None, (errors.NotFound,)),
        (route.many and route.gives != "event", _LIST_ERRORS),
        (route.takes_body, _BODY_ERRORS),
        (is_keyed and is_post, _IDEMPOTENCY_ERRORS),
        (route.has_precondition, (errors.Stale, refusals.InvalidHeader)),
    ):
        if applies:
            yield from kinds


def _refusal(status: int, kinds: Sequence[type[ExpressB2BError]]) -> Schema:
    said = "; ".join(f"`{kind.code}`: {_first_sentence(kind)}" for kind in kinds)
    headers: Schema = header_refs(COMMON_HEADERS)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = {"$ref": "#/components/headers/WWW-Authenticate"}
    example = {
        "type": TYPE_PREFIX + kinds[0].code,
        "title": KINDS[kinds[0]].title,
        "status": int(status),
        "code": kinds[0].code,
        "detail": _first_sentence(kinds[0]),
        "request_id": examples.REQUEST_ID,
    }
    return {
        "description": said,
        "headers": headers,
        "content": {
            MEDIA_TYPE: {
                "schema": ref("problem"),
                "examples": {"example": {"value": example}},
            }
        },
    }


def _first_sentence(kind: type[ExpressB2BError]) -> str:
    return re.split(r"[.;]\s|\.$|\n", (kind.__doc__ or "").strip())[0] + "."
