"""A book of four small pages as Sphinx leaves them, and the site made of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from expressb2b_server.documentation import create_documentation
from expressb2b_server.documentation.book import Book

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CONTENTS = """\
[[section]]
title = "Start"
pages = ["index"]

[[section]]
title = "Understand it"
pages = ["concepts/orders", "concepts/prices"]

[[section]]
title = "Reference"
pages = ["reference/rest"]
"""
PAGES = {
    "index": "# Shop\n\nAll about orders. See [orders](concepts/orders.md#states).\n",
    "concepts/orders": (
        "# Orders\n\n<!-- a note -->\nAn order is placed once.\n\n## States\n\n"
        "A rejected order stays rejected.\n\n```bash\n# not a heading\ncurl -s $URL <b>\n```\n\n"
        "## Cancelling\n\nThe buyer cancels with a reason.\n"
    ),
    "concepts/prices": (
        "# Prices\n\nA negotiated price is an agreement, says [the rule](orders.md).\n\n"
        "| who | pays |\n|---|---|\n| tier | less |\n"
    ),
    "reference/rest": "# REST reference\n\nEvery operation.\n\n## List orders\n\nGET them.\n",
}
# What a built page is to the server: bytes, and one page with a place to be filled.
BUILT = {
    "index.html": '<h1>Shop</h1><p>All about <a href="concepts/orders.html">orders</a>.</p>',
    "concepts/orders.html": "<h1>Orders</h1>",
    "concepts/prices.html": "<h1>Prices</h1>",
    "reference/rest.html": "<h1>REST reference</h1>",
    "reference/try.html": "<h1>Try the API</h1>",
    "search.html": "<h1>for files only</h1>",
    "ask.html": (
        '<html><head><title>Ask</title><link href="_static/docs.css?v=1"></head><body>'
        '<a href="#content">Skip</a><a href="./concepts/orders.html#states">Orders</a>'
        '<a href="/llms.txt">llms.txt</a><form action="./search.html"></form>'
        "<main>\n<!-- filled by the server -->\nThe server answers.\n<!-- until here -->\n</main>"
        "<svg><title>Menu</title></svg></body></html>"
    ),
    "_static/docs.css": "a {}",
    "_static/docs.js": "'use strict';",
    "contents.toml": CONTENTS,
    "vectors.json": '{"a": 1}',
    "picture.svg": "<svg/>",
    "objects.inv": "for other sites",
}
DESCRIBED = json.dumps(
    {"paths": {"/api/orders": {"get": {"summary": "List orders"}, "post": {"summary": "Place"}}}}
)


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Get = Callable[..., Answer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = BUILT | {f"{name}.md": text for name, text in PAGES.items()}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def book(folder: Path) -> Book:
    return Book(folder)


def asking(site: WSGIApplication) -> Get:
    """Asks a WSGI application, as a browser unless said otherwise."""

    def asked(
        path: str,
        query: str = "",
        *,
        accept: str = "text/html,*/*",
        method: str = "GET",
        **more: str,
    ) -> Answer:
        said: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            said.update(status=int(status[:3]), headers=dict(headers))

        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_ACCEPT": accept,
            **more,
        }
        body = b"".join(site(environ, start_response))
        return Answer(said["status"], said["headers"], body)

    return asked


@pytest.fixture
def get(book: Book) -> Get:
    return asking(create_documentation(lambda: DESCRIBED, book=book))
