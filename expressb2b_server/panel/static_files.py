"""The stylesheet and the script: read once, under an address that changes with their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

from expressb2b_server.panel.responses import Response, kept

_PREFIX = "/static/"
_MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
)


class StaticFiles:
    """The files of `static/`."""

    def __init__(self) -> None:
        folder = resources.files("expressb2b_server.panel") / "static"
        files = [file for file in folder.iterdir() if file.name.rpartition(".")[2] in _MEDIA_TYPES]
        self._content = {}
        self._paths = {}
        for file in files:
            content = file.read_bytes()
            path = f"{_PREFIX}{hashlib.sha256(content).hexdigest()[:12]}/{file.name}"
            self._content[path] = content
            self._paths[file.name] = path

    def path(self, name: str) -> str:
        """The address of a file, below the panel's."""
        return self._paths[name]

    def find(self, path: str) -> Response | None:
        """The file at this address."""
        content = self._content.get(path)
        if content is None:
            return None
        return kept(content, _MEDIA_TYPES[path.rpartition(".")[2]])
