"""Routes, each declared once: dispatch, checks and the OpenAPI document all read it here.

    routes = Routes("Orders", scope="orders", identity=Identity("id", "order"))

    @routes.get("/api/orders/{id}", gives="order")
    def get_order(request: Request, order_id: str) -> Answer:
        '''Retrieve an order.

        What else is to be said about it.
        '''

A parameter called `query` or `body` is declared by its annotation, a `TypedDict` of
`expressb2b_core.inputs`. The docstring is what the documentation says.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict, Unpack, get_type_hints

from expressb2b_core.errors import ExpressB2BError, NotFound
from expressb2b_core.inputs.records import Record
from expressb2b_server.api.answers import JSON, Answer
from expressb2b_server.api.paths import as_data
from expressb2b_server.api.requests import Request

Handler = Callable[..., Answer]

UUID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
EXAMPLE_ID = "01936b4a-2c5e-7a1f-9d83-e7f2c4a18b3d"

_PARAMETER = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class Identity:
    """What stands for `{…}` in a path, and what it names.

    Without a pattern it is free text, and may contain slashes. `reserved` are the words, or with
    free text the endings, that lead elsewhere, so that they are nobody's identity.
    """

    name: str
    noun: str
    pattern: str | None = UUID_PATTERN
    example: str = EXAMPLE_ID
    reserved: tuple[str, ...] = ()

    @property
    def bottle_wildcard(self) -> str:
        """How bottle's router writes it."""
        if self.pattern is None:
            endings = "".join(f"(?<!{re.escape(ending)})" for ending in self.reserved)
            # Looking behind, an identity that is only an ending sees the slash of the path.
            alone = "".join(f"|{re.escape(ending.lstrip('/'))}" for ending in self.reserved)
            return f"<{self.name}:re:(?:(?s:.+){endings}{alone})>"
        words = "".join(f"(?!{re.escape(word)}$)" for word in self.reserved)
        return f"<{self.name}:re:{words}[^/]+>"

    def read(self, text: str) -> str:
        """The identity that part of a path spells, given as WSGI does, byte for character.

        Raises:
            NotFound: nothing can have this identity.
        """
        try:
            found = as_data(text).encode("latin-1").decode()
        except UnicodeError:
            raise NotFound(self.noun) from None
        if "\x00" in found or (self.pattern and not re.fullmatch(self.pattern, found)):
            raise NotFound(self.noun)
        return found


class Details(TypedDict, total=False):
    """What a route may say beyond method and path.

    Attributes:
        gives: the kind of resource it answers with, as `versions` and `schemas` know it.
        many: it answers with a page of them.
        takes: the kind of resource the body is, for `versions`.
        statuses: the ways it succeeds; 200 by default.
        raises: errors that this route in particular answers with.
        scope: where it differs from the group's, such as `orders:read` for a POST.
        media_type: of what it answers, where that is no JSON.
        bucket: the limit it counts against, where it is neither `read` nor `write`.
        has_precondition: `If-Match` is heeded.
        prepare: is given request and body before anything is held, for what takes time.
        redact: takes the secret out of an answer before it is kept for an idempotent replay.
        restore: puts it back, derived anew.
    """

    gives: str
    many: bool
    takes: str
    statuses: tuple[int, ...]
    raises: tuple[type[ExpressB2BError], ...]
    scope: str
    media_type: str
    bucket: str
    has_precondition: bool
    prepare: Callable[..., None]
    redact: Callable[[str], str]
    restore: Callable[[Request, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method on one path."""

    method: str
    path: str
    handler: Handler
    tag: str
    bucket: str
    identity: Identity | None
    body: type | None
    query: type | None
    scope: str | None = None
    gives: str | None = None
    many: bool = False
    takes: str | None = None
    statuses: tuple[int, ...] = (200,)
    raises: tuple[type[ExpressB2BError], ...] = ()
    media_type: str = JSON
    has_precondition: bool = False
    prepare: Callable[..., None] | None = None
    redact: Callable[[str], str] | None = None
    restore: Callable[[Request, str], str] | None = None

    @property
    def name(self) -> str:
        """The name of the handler; also the OpenAPI `operationId`."""
        return self.handler.__name__

    @property
    def bottle_rule(self) -> str:
        """The path as bottle's router writes it."""
        if self.identity is None:
            return self.path
        return _PARAMETER.sub(self.identity.bottle_wildcard, self.path)

    @property
    def takes_body(self) -> bool:
        """The body counts; a GET or DELETE with a body is read as if it had none."""
        return self.method in ("POST", "PUT", "PATCH")

    @property
    def changes(self) -> bool:
        """It may have an effect; a POST that only asks has a scope for reading."""
        return self.method != "GET" and not (self.scope or "").endswith(":read")

    @property
    def needs_body(self) -> bool:
        """There is a field that cannot be left out."""
        rules = () if self.body is None else Record(self.body).fields.values()
        return any(rule.required for rule in rules)

    def call(self, request: Request, given: Mapping[str, object]) -> Answer:
        """The handler's answer; `identity` is given by position, `query` and `body` by name."""
        named = {name: given[name] for name in ("query", "body") if name in given}
        if self.identity is None:
            return self.handler(request, **named)
        return self.handler(request, given["identity"], **named)

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring, without its full stop."""
        return self._text.partition("\n")[0].rstrip(".")

    @property
    def description(self) -> str:
        """The rest of the docstring."""
        return self._text.partition("\n\n")[2]

    @property
    def _text(self) -> str:
        return inspect.getdoc(self.handler) or ""


UNMATCHED = Route(
    method="-",
    path="(none)",
    handler=lambda request: Answer(404, b""),
    tag="",
    bucket="read",
    identity=None,
    body=None,
    query=None,
)
"""Stands for the route of a request until it is found."""


class Routes:
    """The routes of one resource, in the order in which they are tried."""

    def __init__(
        self, tag: str, scope: str | None = None, identity: Identity | None = None
    ) -> None:
        self.tag = tag
        self._scope = scope
        self._identity = identity
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def get(self, path: str, **details: Unpack[Details]) -> Callable[[Handler], Handler]:
        """Declare a GET route; HEAD comes with it."""
        return self._declare("GET", path, details)

    def post(self, path: str, **details: Unpack[Details]) -> Callable[[Handler], Handler]:
        """Declare a POST route."""
        return self._declare("POST", path, details)

    def put(self, path: str, **details: Unpack[Details]) -> Callable[[Handler], Handler]:
        """Declare a PUT route."""
        return self._declare("PUT", path, details)

    def patch(self, path: str, **details: Unpack[Details]) -> Callable[[Handler], Handler]:
        """Declare a PATCH route."""
        return self._declare("PATCH", path, details)

    def delete(self, path: str, **details: Unpack[Details]) -> Callable[[Handler], Handler]:
        """Declare a DELETE route."""
        return self._declare("DELETE", path, details)

    def _declare(self, method: str, path: str, details: Details) -> Callable[[Handler], Handler]:
        access = "read" if method == "GET" else "write"
        known: Details = {"bucket": access, **details}
        if self._scope is not None:
            known.setdefault("scope", f"{self._scope}:{access}")

        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            route = Route(
                method=method,
                path=path,
                handler=handler,
                tag=self.tag,
                identity=self._identity if _PARAMETER.search(path) else None,
                body=hints.get("body"),
                query=hints.get("query"),
                **known,
            )
            self._routes.append(route)
            return handler

        return register
