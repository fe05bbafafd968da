"""Which slashes of a path separate, and which are part of a name.

WSGI hands over a path that is decoded already, so `A%2Fprice` looks like `A/price`. Servers that
also hand over the request's own text let the two be told apart (RFC 3986 section 2.2: a reserved
character that is percent-encoded is data).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_SLASH = "\u2215"  # in no path: WSGI has only characters up to U+00FF
_ENCODED = ("%2F", "%2f")


def routed(environ: WSGIEnvironment) -> str:
    """The path to find a route for, where slashes that are data do not look like slashes."""
    path: str = environ["PATH_INFO"]
    sent = str(environ.get("REQUEST_URI") or environ.get("RAW_URI") or "")
    if not any(encoded in sent for encoded in _ENCODED):
        return path
    segments = [
        unquote_to_bytes(segment).decode("latin-1") for segment in sent.partition("?")[0].split("/")
    ]
    if not "/".join(segments).endswith(path):
        return path  # rewritten on the way; what is left can only be taken as it is
    kept = "/".join(segment.replace("/", _SLASH) for segment in segments)
    return kept[len(kept) - len(path) :]


def as_data(text: str) -> str:
    """A part of such a path, with its slashes."""
    return text.replace(_SLASH, "/")
