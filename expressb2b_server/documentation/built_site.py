"""The site that Sphinx has built: its files, and the page of it that the server fills itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from html import escape
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from expressb2b_server.documentation import console
from expressb2b_server.documentation.rendering import SITE

HTML = "text/html; charset=utf-8"
MARKDOWN = "text/markdown; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
JSON = "application/json"

# What has another ending is not for readers.
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": HTML,
    ".js": "text/javascript; charset=utf-8",
    ".json": JSON,
    ".md": MARKDOWN,
    ".png": "image/png",
    ".py": PLAIN,
    ".svg": "image/svg+xml",
}
_SHELL = "ask.html"
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
_FILLED = re.compile(r"<!-- filled by the server -->.*<!-- until here -->", re.DOTALL)
_RELATIVE = re.compile(r'\b((?:href|src|action)=")(?:\./)?(?![a-z]+:|/|#)')


class File(NamedTuple):
    """A file of the site."""

    content: bytes
    media_type: str


class BuiltSite:
    """The files below one folder, and those of the console."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __contains__(self, name: str) -> bool:
        return name in self._paths

    def file(self, name: str) -> File | None:
        """The file of this name below the site's address, or None."""
        path = self._paths.get(name)
        if path is None:
            return None
        return File(path.read_bytes(), _MEDIA_TYPES[PurePosixPath(name).suffix])

    def filled(self, title: str, content: str) -> str:
        """A page of the site's look, which may stand at any address, with this HTML as content."""
        page = _TITLE.sub(lambda _: f"<title>{escape(title)}</title>", self._shell, count=1)
        return _FILLED.sub(lambda _: content, page)

    def front_page(self) -> str:
        """The first page, which may stand at any address."""
        return self._anywhere("index.html")

    @cached_property
    def _shell(self) -> str:
        return self._anywhere(_SHELL)

    def _anywhere(self, name: str) -> str:
        html = (self._folder / name).read_text(encoding="utf-8")
        return _RELATIVE.sub(rf"\g<1>{SITE}/", html)

    @cached_property
    def _paths(self) -> Mapping[str, Path]:
        # Listed, so that nothing in a name can lead out of the folder.
        found = {
            path.relative_to(self._folder).as_posix(): path
            for path in self._folder.rglob("*")
            if path.suffix in _MEDIA_TYPES
        }
        found.update(console.files())
        return found
