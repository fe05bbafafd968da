"""What the panel answers, and the headers that guard every answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote

Header = tuple[str, str]

HTML = "text/html; charset=utf-8"
CSV = "text/csv; charset=utf-8"

# Nothing from elsewhere, nothing inline, in no frame: markup that slipped through does nothing.
_CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
GUARDS: tuple[Header, ...] = (
    ("Content-Security-Policy", _CONTENT_POLICY),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Robots-Tag", "noindex"),
)
_NOT_KEPT: Header = ("Cache-Control", "no-store")
_KEPT: Header = ("Cache-Control", "public, max-age=31536000, immutable")


@dataclass(slots=True)
class Response:
    """An answer; `body` may be made while it is sent."""

    body: Iterable[bytes]
    status: int = 200
    media_type: str = HTML
    headers: list[Header] = field(default_factory=list)
    is_kept: bool = False

    @property
    def status_line(self) -> str:
        """As WSGI wants it."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"

    @property
    def all_headers(self) -> list[Header]:
        """Its own headers and those that every answer has."""
        found = [
            ("Content-Type", self.media_type),
            _KEPT if self.is_kept else _NOT_KEPT,
            *GUARDS,
            *self.headers,
        ]
        if isinstance(self.body, tuple):
            found.append(("Content-Length", str(sum(map(len, self.body)))))
        return found


def page(text: str, status: int = 200) -> Response:
    """A page of HTML."""
    return Response((text.encode(),), status)


def redirect(location: str) -> Response:
    """Go on there, with GET (RFC 9110 section 15.4.4)."""
    return Response((), 303, headers=[("Location", location)])


def download(name: str, parts: Iterable[bytes], media_type: str = CSV) -> Response:
    """A file to be saved under this name."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(parts, media_type=media_type, headers=[("Content-Disposition", disposition)])


def kept(content: bytes, media_type: str) -> Response:
    """What never changes under its address."""
    return Response((content,), media_type=media_type, is_kept=True)
