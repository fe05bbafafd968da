"""The panel as one WSGI callable: finds the page, lets people in, guards every form.

In this order: session, workspace, address, role, form, its token, page. What is refused on the
way becomes a page that says why.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

import bottle

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import (
    Conflict,
    ExpressB2BError,
    InvalidInput,
    NotAllowed,
    NotFound,
    RateLimited,
    Stale,
    StorageUnavailable,
)
from expressb2b_core.services import admin_sessions, workspaces
from expressb2b_core.services.sign_in import SignIn
from expressb2b_server.mounting import REQUEST_ID
from expressb2b_server.panel import bodies, cookies, forms
from expressb2b_server.panel.cookies import Cookies
from expressb2b_server.panel.pages.table import ROUTES
from expressb2b_server.panel.refusals import (
    BadRequest,
    Forbidden,
    NoSuchPage,
    SignInFirst,
    WrongMethod,
)
from expressb2b_server.panel.rendering import Templates
from expressb2b_server.panel.requests import MOUNTED_AT, WORKSPACE_PREFIX, Request
from expressb2b_server.panel.responses import Header, Response, redirect
from expressb2b_server.panel.routing import Route
from expressb2b_server.panel.static_files import StaticFiles
from expressb2b_server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger("expressb2b.panel")

_CROSS_SITE = ("cross-site", "same-site")

# The nearest class up the tree counts.
_STATUSES: tuple[tuple[type[ExpressB2BError], int], ...] = (
    (NotFound, 404),
    (RateLimited, 429),
    (StorageUnavailable, 503),
    (Stale, 412),
    (Conflict, 409),
    (NotAllowed, 403),
    (InvalidInput, 422),
)


class Panel:
    """The WSGI callable, with what all requests share."""

    def __init__(self, b2b: ExpressB2B, settings: Settings) -> None:
        self.b2b = b2b
        self.settings = settings
        self.cookies = Cookies(b2b.runtime.secret)
        self.sign_in = SignIn(b2b.runtime)
        self.static = StaticFiles()
        self.templates = Templates(self.static)
        self._is_public_https = (settings.public_url or "").startswith("https:")
        self._router = bottle.Bottle()
        for route in ROUTES:
            self._router.route(route.rule, route.method, callback=route)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._is_public_https:
            environ["wsgi.url_scheme"] = "https"
        request = Request(self, environ, environ.get(REQUEST_ID) or self.b2b.runtime.new_id())
        response = self._answer_or_refusal(request)
        start_response(response.status_line, response.all_headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else response.body

    def _answer_or_refusal(self, request: Request) -> Response:
        try:
            return self._answer(request)
        except SignInFirst:
            return redirect(request.plain_link("/sign-in", next=request.here))
        except NoSuchPage:
            return _sorry(request, 404, "There is no such page.")
        except WrongMethod as error:
            response = _sorry(request, 405, "This address does not take that.")
            response.headers.append(("Allow", error.allowed))
            return response
        except BadRequest as error:
            return _sorry(request, 400, str(error))
        except Forbidden as error:
            return _sorry(request, 403, str(error))
        except ExpressB2BError as error:
            return self._refusal(request, error)
        except Exception:
            _log.exception("a page failed, request_id=%s", request.id)
            return _sorry(request, 500, "This page failed for a reason on our side.")

    def _refusal(self, request: Request, error: ExpressB2BError) -> Response:
        status = _status_of(error)
        if status >= 500:
            _log.warning("%s request_id=%s", error, request.id)
        response = _sorry(request, status, str(error.detail))
        response.headers += _patience(error)
        return response

    def _answer(self, request: Request) -> Response:
        path = _path_below(str(request.environ["PATH_INFO"]))
        static = self.static.find(path) if request.method == "GET" else None
        if static is not None:
            return static
        self._recognise(request)
        number, request.path = _split_workspace(path)
        if request.signed_in is not None:  # first, so that a page that refuses leads on as well
            self._enter_workspace(request, number)
        request.route, wildcards = self._match(request)
        self._require_role(request)
        try:
            request.query = bodies.read_query(request.environ)
            if request.method == "POST":
                request.form = self._read_form(request)
        except bodies.UnreadableForm:
            raise BadRequest("What was sent is no form, or is larger than 2 MiB.") from None
        return self._call(request, wildcards)

    def _recognise(self, request: Request) -> None:
        token = self.cookies.read(request.environ, cookies.SESSION)
        if token is not None:
            request.signed_in = admin_sessions.find(self.b2b.runtime, token)
            request.token = token

    def _enter_workspace(self, request: Request, number: str) -> None:
        """Find the workspace that an address names (`/w/2/orders`); without one, the default."""
        request.workspaces = workspaces.list_all(self.b2b.runtime)
        for one in request.workspaces:
            if number == str(one.id) or (not number and one.name == workspaces.DEFAULT):
                request.enter(one, f"{WORKSPACE_PREFIX}{number}" if number else "")
                return
        raise NoSuchPage

    def _match(self, request: Request) -> tuple[Route, dict[str, str]]:
        if not (request.path.isascii() and request.path.isprintable()):
            raise NoSuchPage  # no address of ours, and no id
        try:
            found, wildcards = self._router.match(
                {"PATH_INFO": request.path, "REQUEST_METHOD": request.method}
            )
        except bottle.HTTPError as error:
            if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
                raise NoSuchPage from None
            raise WrongMethod(error.headers["Allow"]) from None
        return found.callback, wildcards

    def _require_role(self, request: Request) -> None:
        if request.route.role is None:
            return
        if request.signed_in is None:
            raise SignInFirst
        if not request.route.lets_in(request.signed_in.role):
            raise Forbidden(f"This needs the role {request.route.role}; ask an administrator.")

    def _read_form(self, request: Request) -> forms.Form:
        if request.environ.get("HTTP_SEC_FETCH_SITE") in _CROSS_SITE:
            raise Forbidden("This form was sent by another site.")
        form = bodies.read(request.environ)
        if request.route.role is None:
            request.token = self._token_before_sign_in(request)
        sent = form.text(forms.TOKEN)
        if not request.token or not self.cookies.is_form_token(request.token, sent):
            raise Forbidden(
                "This form is out of date, or your browser refuses cookies. "
                "Go back, load the page again, and send it once more."
            )
        return form

    def _token_before_sign_in(self, request: Request) -> str:
        names = (cookies.SETUP, cookies.VISITOR)
        wanted = names[0] if request.path.startswith("/setup") else names[1]
        return self.cookies.read(request.environ, wanted) or ""

    def _call(self, request: Request, wildcards: dict[str, str]) -> Response:
        route = request.route
        try:
            return route.handler(request, **wildcards)
        except (InvalidInput, Conflict, Stale, NotAllowed, RateLimited) as error:
            if route.on_refusal is None:
                raise
            request.form.refuse(error)
            request.status = _status_of(error)
            response = route.on_refusal(request, **wildcards)
            response.headers += _patience(error)
            return response


def create_panel(b2b: ExpressB2B, settings: Settings | None = None) -> Panel:
    """The panel of an `ExpressB2B`, to be mounted at `/admin` by `PATH_INFO`."""
    return Panel(b2b, settings or Settings())


def _path_below(path: str) -> str:
    rest = path.removeprefix(MOUNTED_AT).rstrip("/")
    return rest or "/"


def _split_workspace(path: str) -> tuple[str, str]:
    if not path.startswith(WORKSPACE_PREFIX):
        return "", path
    number, _, rest = path[len(WORKSPACE_PREFIX) :].partition("/")
    return number, f"/{rest}"


def _patience(error: ExpressB2BError) -> list[Header]:
    if isinstance(error, RateLimited | StorageUnavailable):
        return [("Retry-After", str(error.retry_after_seconds))]
    return []


def _status_of(error: ExpressB2BError) -> int:
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def _sorry(request: Request, status: int, text: str) -> Response:
    request.status = status
    title = {404: "Not found", 403: "Not allowed", 500: "Something went wrong"}
    return request.page("sorry.html", title=title.get(status, "That did not work"), text=text)
