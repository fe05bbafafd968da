"""The interface as one WSGI callable: bottle finds the route, the rest stands here once.

Bottle's own request and response are not used: they live in the thread, while a write may run in
another one, and its errors are HTML. In this order: route, key, limit, version, scope, query,
body, handler; whatever is refused on the way becomes a problem document.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import bottle

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import ExpressB2BError, StorageUnavailable
from expressb2b_server.api import bodies, inputs, paths, preconditions, queries
from expressb2b_server.api.answers import Answer, Header
from expressb2b_server.api.deprecations import deprecation_headers
from expressb2b_server.api.gate import Gate, limit_headers
from expressb2b_server.api.problems import MEDIA_TYPE, problem
from expressb2b_server.api.refusals import InternalError, MethodNotAllowed, NoSuchPath
from expressb2b_server.api.repeats import Repeats
from expressb2b_server.api.requests import Request
from expressb2b_server.api.routes import UNMATCHED, Route
from expressb2b_server.metrics import Metrics
from expressb2b_server.serving.refusals import is_valid_request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

T = TypeVar("T")
Begun = Callable[[], Answer]
"""What ends a change that has begun: waits for it, and gives the answer."""

_log = logging.getLogger("expressb2b.api")

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

_WITHOUT_BODY = (204, 304)
_REVALIDATED = (
    ("Cache-Control", "private, no-cache"),
    ("Vary", "Authorization, X-ExpressB2B-Version"),
)
_NOT_KEPT = (("Cache-Control", "no-store"),)


class Api:
    """Answers every request to the interface, and refuses every unknown path.

    `public_url` stands before the paths in `Link` and `Location`; without it they are relative.
    """

    def __init__(
        self,
        b2b: ExpressB2B,
        routes: Iterable[Route],
        gate: Gate,
        metrics: Metrics,
        public_url: str | None = None,
    ) -> None:
        self._runtime = b2b.runtime
        self._gate = gate
        self._metrics = metrics
        self.public_url = public_url
        self._repeats = Repeats(b2b.runtime)
        self._deprecations = deprecation_headers(b2b.runtime.versions)
        self._router = bottle.Bottle()
        for route in routes:
            self._router.route(route.bottle_rule, route.method, callback=route)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        clock = self._runtime.clock
        started_ns = clock.monotonic_ns()
        request = Request(
            environ,
            self._request_id(environ),
            UNMATCHED,
            self._runtime.versions,
            base_url=self.public_url or environ.get("SCRIPT_NAME", ""),
        )
        answer = self._settled(request, partial(self._answer, request))

        def send(answer: Answer) -> Iterable[bytes]:
            start_response(STATUS_LINES[answer.status], self._headers(request, answer))
            route = request.route
            elapsed_ns = clock.monotonic_ns() - started_ns
            self._metrics.count(route.method, route.path, answer.status, elapsed_ns)
            if answer.status in _WITHOUT_BODY or request.method == "HEAD":
                return ()
            return (answer.body,)

        if isinstance(answer, Answer):
            return send(answer)
        return Later(lambda: send(self._settled(request, answer)))

    def _request_id(self, environ: WSGIEnvironment) -> str:
        sent: str = environ.get("HTTP_X_REQUEST_ID", "")
        return sent if is_valid_request_id(sent) else self._runtime.new_id()

    def _settled(self, request: Request, work: Callable[[], T]) -> T | Answer:
        """What `work` gives, or else the problem document that says why not."""
        try:
            return work()
        except ExpressB2BError as error:
            refused = problem(error, request.id)
            if isinstance(error, StorageUnavailable):
                _log.warning("%s request_id=%s", error, request.id)
            elif refused.status >= 500:
                _log.exception("a request failed, request_id=%s", request.id)
        except Exception:
            refused = problem(InternalError(), request.id)
            _log.exception("a request failed, request_id=%s", request.id)
        return Answer(refused.status, refused.body, refused.headers, media_type=MEDIA_TYPE)

    def _answer(self, request: Request) -> Answer | Begun:
        environ = request.environ
        request.route, wildcards = self._match(environ)
        if request.route.scope is not None:
            self._gate.admit(request)
        request.pairs = queries.parse(environ.get("QUERY_STRING", ""))
        given = inputs.query_of(request)
        identity = request.route.identity
        if identity is not None:
            given["identity"] = identity.read(wildcards[identity.name])
        if request.route.method != "GET":
            preconditions.refuse_if_none_match(request.header("IF_NONE_MATCH"))
            return self._begin_change(request, given)
        answer = request.route.call(request, given)
        held = request.header("IF_NONE_MATCH")
        if held and answer.etag and preconditions.is_unchanged(held, answer.etag):
            return answer._replace(status=304)
        return answer

    def _begin_change(self, request: Request, given: dict[str, object]) -> Answer | Begun:
        raw = bodies.read(request.environ) if request.route.takes_body else b""
        is_kept = request.method == "POST" and request.header("IDEMPOTENCY_KEY") is not None
        try:
            work = _prepared(request, given, raw)
        except ExpressB2BError as refusal:
            if not is_kept:
                raise
            work = partial(_refuse, refusal)
        if is_kept:
            return self._repeats.begin(request, raw, work)
        if request.route.changes:
            return self._runtime.database.begin_write(work)
        return work()

    def _match(self, environ: WSGIEnvironment) -> tuple[Route, dict[str, str]]:
        try:
            found, wildcards = self._router.match(
                {"REQUEST_METHOD": environ["REQUEST_METHOD"], "PATH_INFO": paths.routed(environ)}
            )
        except bottle.HTTPError as error:
            if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
                raise NoSuchPath from None
            allowed = set(error.headers["Allow"].split(","))
            if "GET" in allowed:
                allowed.add("HEAD")
            raise MethodNotAllowed(sorted(allowed)) from None
        return found.callback, wildcards

    def _headers(self, request: Request, answer: Answer) -> list[Header]:
        status = answer.status
        is_kept = status < HTTPStatus.BAD_REQUEST and request.route.method == "GET"
        headers: list[Header] = [
            ("X-Request-Id", request.id),
            ("X-ExpressB2B-Version", request.version),
            *(_REVALIDATED if is_kept else _NOT_KEPT),
            *answer.headers,
        ]
        if status not in _WITHOUT_BODY:
            headers.append(("Content-Type", answer.media_type))
            headers.append(("Content-Length", str(len(answer.body))))
        if answer.etag:
            headers.append(("ETag", answer.etag))
        if request.limit is not None:
            now = self._runtime.clock.now()
            headers.extend(limit_headers(request.route.bucket, request.limit, now))
        if self._deprecations:
            headers.extend(self._deprecations.get(request.version, ()))
        return headers


class Later:
    """An answer that is finished when it is first asked for; a WSGI server does that at once.

    PEP 3333 lets `start_response` wait as long. Ours asks when it has begun what else is there, so
    that changes which came together are committed together.
    """

    def __init__(self, finish: Callable[[], Iterable[bytes]]) -> None:
        self._finish: Callable[[], Iterable[bytes]] | None = finish

    def __iter__(self) -> Iterator[bytes]:
        finish, self._finish = self._finish, None
        if finish is not None:
            yield from finish()

    def close(self) -> None:
        """Have the effect though nobody reads the answer."""
        for _ in self:
            pass


def _prepared(request: Request, given: dict[str, object], raw: bytes) -> Begun:
    """The call of the handler, once its body is read and what takes time is done."""
    route = request.route
    arguments = given | inputs.body_of(request, raw) if route.takes_body else given
    if route.prepare is not None:
        route.prepare(request, arguments["body"])
    return partial(route.call, request, arguments)


def _refuse(refusal: ExpressB2BError) -> Answer:
    raise refusal
