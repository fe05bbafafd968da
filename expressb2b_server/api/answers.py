"""What a handler gives back, and the usual ways to make it: a document, a page, nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from expressb2b_core.rules.pagination import is_too_deep
from expressb2b_core.services.documents import Document, Page, lines_of
from expressb2b_server.api.requests import Request

if TYPE_CHECKING:
    from expressb2b_core.services.documents import D

JSON = "application/json"

Header = tuple[str, str]


class Answer(NamedTuple):
    """Status and body, in the shape of the version that was asked for."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()
    etag: str = ""
    media_type: str = JSON


class EventPage(Protocol):
    """A page of the feed of events."""

    @property
    def texts(self) -> Sequence[str]: ...
    @property
    def next_after(self) -> int: ...
    @property
    def has_more(self) -> bool: ...


def document(request: Request, found: Document) -> Answer:
    """A single resource, with its strong validator (RFC 9110 section 8.8.3)."""
    body = request.shaped(found.text).encode()
    return Answer(200, body, etag=request.quoted_tag(found.etag))


def made(request: Request, found: Document, collection: str, identity: str) -> Answer:
    """201 and where it is for a new resource, 200 where the call only changed it."""
    answer = document(request, found)
    if not found.created:
        return answer
    location = ("Location", request.link(collection, identity))
    return answer._replace(status=201, headers=(location,))


def plain(request: Request, text: str) -> Answer:
    """JSON that is no resource of its own, such as the results of a bulk request."""
    return Answer(200, request.shaped(text).encode())


def page(request: Request, found: Page[D]) -> Answer:
    """One page of a list; going on is in `meta` and in `Link` (RFC 8288)."""
    cursor = found.next_cursor
    meta = f'"total":{found.total},"per_page":{found.per_page},"next_cursor":' + (
        "null" if cursor is None else f'"{cursor}"'
    )
    if found.page is not None:
        meta += f',"page":{found.page}'
    return _listed(request, found.lines, meta, _next_page(request, found))


def event_page(request: Request, found: EventPage) -> Answer:
    """One page of the feed of events."""
    following = ("after", str(found.next_after)) if found.has_more else None
    lines = lines_of(found.texts)
    return _listed(request, lines, f'"next_after":{found.next_after}', following)


NOTHING = Answer(204, b"")


def _listed(request: Request, lines: bytes, meta: str, following: tuple[str, str] | None) -> Answer:
    """The lines of documents, which have no line breaks inside, as the members of an array."""
    if not request.is_newest and lines:
        lines = lines_of(request.shaped(text) for text in lines.decode().split("\n"))
    body = b"".join((b'{"data":[', lines.replace(b"\n", b","), b'],"meta":{', meta.encode(), b"}}"))
    if following is None:
        return Answer(200, body)
    link = request.link_onward(*following)
    return Answer(200, body, (("Link", f'<{link}>; rel="next"'),))


def _next_page(request: Request, found: Page[D]) -> tuple[str, str] | None:
    if found.next_cursor is None:
        return None
    if found.page is not None and not is_too_deep(found.page + 1, found.per_page):
        return "page", str(found.page + 1)
    return "cursor", found.next_cursor
