"""The stylesheet, the script and the pictures of the pages, and the console for trying requests.

The console is Swagger UI, from the package `offapi`, which carries its files; of that package
nothing is imported. Without it the pages are the same but for the console.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

PREFIX = "assets/"
CONSOLE = "reference/try"
"""Where requests can be tried, below the site's address."""

_FOLDER = Path(__file__).parent / "assets"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_OWN = ("docs.css", "docs.js", "icon.svg", "try.css", "try.js")
_FROM_OFFAPI = {"swagger.css": "swagger_style.css", "swagger.js": "swagger_bundle.js"}


class Asset(NamedTuple):
    """A file that pages refer to."""

    content: bytes
    media_type: str


def read(name: str) -> Asset | None:
    """The file of this name, or None."""
    path = _paths().get(name)
    return None if path is None else Asset(path.read_bytes(), _MEDIA_TYPES[path.suffix])


@cache
def address(name: str) -> str:
    """Where a page finds a file; another address when the file has changed."""
    asset = read(name)
    mark = hashlib.blake2b(b"" if asset is None else asset.content, digest_size=6).hexdigest()
    return f"/docs/{PREFIX}{name}?v={mark}"


@cache
def has_console() -> bool:
    """Whether the console's files are installed."""
    return all(name in _paths() for name in _FROM_OFFAPI)


@cache
def _paths() -> Mapping[str, Path]:
    found = {name: _FOLDER / name for name in _OWN}
    package = find_spec("offapi")
    if package is not None and package.submodule_search_locations:
        folder = Path(package.submodule_search_locations[0])
        found |= {name: folder / theirs for name, theirs in _FROM_OFFAPI.items()}
    return {name: path for name, path in found.items() if path.is_file()}
