"""The documentation as a WSGI application: what is at which address, and how it is cached.

What does not depend on a question is read or made at the first request and kept. Nobody needs a
key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from expressb2b_server.api.preconditions import is_unchanged
from expressb2b_server.api.problems import MEDIA_TYPE as PROBLEM
from expressb2b_server.api.problems import problem
from expressb2b_server.api.refusals import MethodNotAllowed, NoSuchPath
from expressb2b_server.documentation import answering, console, llms
from expressb2b_server.documentation.book import Book, NotBuilt
from expressb2b_server.documentation.built_site import HTML, JSON, MARKDOWN, PLAIN, BuiltSite
from expressb2b_server.documentation.layout import Layout
from expressb2b_server.documentation.rendering import SITE, address
from expressb2b_server.documentation.searching import Index
from expressb2b_server.mounting import REQUEST_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATHS = (SITE, "/llms.txt", "/llms-full.txt")
"""Where the application belongs."""

_FRONT_PAGE = "index.html"
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Swagger UI writes styles into its elements; scripts come from here alone all the same.
_POLICY_OF_CONSOLE = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_KEPT = "public, max-age=300"
_SEARCH_RESULTS = 12
_METHODS = ("GET", "HEAD")

Header = tuple[str, str]


class Response(NamedTuple):
    """What is sent, with its entity tag."""

    body: bytes
    media_type: str
    etag: str
    status: int = 200
    policy: str = _POLICY
    location: str | None = None


def create_documentation(
    describe: Callable[[], str], *, public_url: str | None = None, book: Book | None = None
) -> WSGIApplication:
    """The application that belongs at `PATHS`.

    Args:
        describe: Gives the OpenAPI document as JSON text; asked when it is needed first.
        public_url: The address that clients use, for links in `llms.txt`; else they begin
            with `/`.
        book: The pages; by default those that are installed. In a source tree where they are not
            built yet, the application says how they are.
    """
    try:
        return Documentation(describe, public_url or "", book or Book())
    except NotBuilt as not_built:
        return _saying(not_built)


class Documentation:
    """Answers requests for pages, questions and the files beside the pages."""

    def __init__(self, describe: Callable[[], str], base_url: str, book: Book) -> None:
        self._describe = describe
        self._base_url = base_url
        self._book = book
        self._site = BuiltSite(book.folder)
        self._layout = Layout(self._site)
        self._kept: dict[str, Response] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method not in _METHODS:
            return _refuse(environ, start_response, MethodNotAllowed(_METHODS))
        response = self._respond(environ)
        if response is None and not _prefers_html(environ):
            return _refuse(environ, start_response, NoSuchPath())
        if response is None:
            response = _response(self._layout.absent(), HTML, status=404)
        status = response.status
        if status == HTTPStatus.OK and is_unchanged(
            environ.get("HTTP_IF_NONE_MATCH", ""), response.etag
        ):
            status = HTTPStatus.NOT_MODIFIED.value
        start_response(f"{status} {HTTPStatus(status).phrase}", _headers(response, status))
        return () if method == "HEAD" or status == HTTPStatus.NOT_MODIFIED else (response.body,)

    def _respond(self, environ: WSGIEnvironment) -> Response | None:
        path = environ["PATH_INFO"]
        # Pages link to these with `.html`, as files that stand beside them.
        if path.removesuffix(".html") == f"{SITE}/search":
            return self._search(environ)
        if path.removesuffix(".html") == f"{SITE}/ask":
            return self._ask(environ)
        if path not in self._kept:
            made = self._make(path)
            if made is None:
                return None
            self._kept[path] = made
        return self._kept[path]

    def _make(self, path: str) -> Response | None:
        if path == "/llms.txt":
            text = llms.short(self._book, self._describe(), self._base_url)
            return _response(text, PLAIN)
        if path == "/llms-full.txt":
            return _response(llms.full(self._book), PLAIN)
        if path == SITE:
            return _response(self._site.front_page(), HTML)
        name = path.removeprefix(f"{SITE}/") or _FRONT_PAGE
        return self._markdown(name) or self._file(name) or self._elsewhere(name)

    def _markdown(self, name: str) -> Response | None:
        page = self._book.pages.get(name.removesuffix(".md")) if name.endswith(".md") else None
        return None if page is None else _response(page.text, MARKDOWN)

    def _file(self, name: str) -> Response | None:
        found = self._site.file(name)
        if found is None:
            return None
        response = _response(found.content, found.media_type)
        return response._replace(policy=_POLICY_OF_CONSOLE) if name == console.PAGE else response

    def _elsewhere(self, name: str) -> Response | None:
        """A page whose ending was left out; the first one of a folder, where that is all."""
        if f"{name}.html" in self._site:
            return _redirect(address(name))
        folder = f"{name.removesuffix('/')}/"
        first = next((page for page in self._book if page.name.startswith(folder)), None)
        return None if first is None else _redirect(address(first.name))

    def _search(self, environ: WSGIEnvironment) -> Response:
        asked = _parameter(environ, "q")
        return _response(
            self._layout.search(asked, self._index.search(asked, _SEARCH_RESULTS)), HTML
        )

    def _ask(self, environ: WSGIEnvironment) -> Response:
        asked = _parameter(environ, "q")
        answer = answering.answer(self._index, asked)
        if _parameter(environ, "format") == "json" or _prefers_json(environ):
            return _response(answering.as_json(answer, self._base_url), JSON)
        return _response(self._layout.answer(answer), HTML)

    @cached_property
    def _index(self) -> Index:
        return answering.index_of(self._book)


def _saying(not_built: NotBuilt) -> WSGIApplication:
    body = f"{not_built}\n".encode()

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        headers = [("Content-Type", PLAIN), ("Content-Length", str(len(body)))]
        start_response("503 Service Unavailable", headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (body,)

    return application


def _response(content: str | bytes, media_type: str, status: int = 200) -> Response:
    body = content.encode() if isinstance(content, str) else content
    tag = hashlib.blake2b(body + media_type.encode(), digest_size=12).hexdigest()
    return Response(body, media_type, f'"{tag}"', status)


def _redirect(location: str) -> Response:
    return Response(b"", PLAIN, '""', HTTPStatus.PERMANENT_REDIRECT.value, location=location)


def _headers(response: Response, status: int) -> list[Header]:
    headers = [
        ("Cache-Control", _KEPT if status < HTTPStatus.BAD_REQUEST else "no-store"),
        ("Content-Security-Policy", response.policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Vary", "Accept"),
    ]
    if response.location is not None:
        headers.append(("Location", response.location))
    elif status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
        headers.append(("ETag", response.etag))
    if status != HTTPStatus.NOT_MODIFIED:
        headers.append(("Content-Type", response.media_type))
        headers.append(("Content-Length", str(len(response.body))))
    return headers


def _refuse(
    environ: WSGIEnvironment, start_response: StartResponse, error: MethodNotAllowed | NoSuchPath
) -> Iterable[bytes]:
    refused = problem(error, environ.get(REQUEST_ID, ""))
    status = HTTPStatus(refused.status)
    headers = [
        *refused.headers,
        ("Cache-Control", "no-store"),
        ("Vary", "Accept"),
        ("Content-Type", PROBLEM),
        ("Content-Length", str(len(refused.body))),
    ]
    start_response(f"{status.value} {status.phrase}", headers)
    return () if environ["REQUEST_METHOD"] == "HEAD" else (refused.body,)


def _prefers_html(environ: WSGIEnvironment) -> bool:
    return "text/html" in environ.get("HTTP_ACCEPT", "")


def _prefers_json(environ: WSGIEnvironment) -> bool:
    return JSON in environ.get("HTTP_ACCEPT", "") and not _prefers_html(environ)


def _parameter(environ: WSGIEnvironment, name: str) -> str:
    sent: str = environ.get("QUERY_STRING", "")
    query = sent.encode("latin-1", "replace").decode("utf-8", "replace")
    found = parse_qs(query).get(name, [""])
    return found[0].replace("\x00", " ").strip()
