"""The console for trying requests: Swagger UI, from the package `offapi`, which carries its files.

Of that package nothing is imported. The page around the console is one of the built site.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PAGE = "reference/try.html"
"""Where requests can be tried, below the site's address."""

_FROM_OFFAPI = {
    "console/swagger.css": "swagger_style.css",
    "console/swagger.js": "swagger_bundle.js",
}


@cache
def files() -> Mapping[str, Path]:
    """The files that the console's page refers to, by their name below the site's address."""
    package = find_spec("offapi")
    if package is None or not package.submodule_search_locations:
        return {}
    folder = Path(package.submodule_search_locations[0])
    return {name: folder / theirs for name, theirs in _FROM_OFFAPI.items()}
