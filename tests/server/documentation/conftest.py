"""A book of four small pages, and the site made of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from expressb2b_server.documentation import create_documentation
from expressb2b_server.documentation.book import Book

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
    for name, text in PAGES.items():
        path = tmp_path / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "contents.toml").write_text(CONTENTS)
    (tmp_path / "vectors.json").write_text('{"a": 1}')
    (tmp_path / "picture.svg").write_text("<svg/>")
    return tmp_path


@pytest.fixture
def book(folder: Path) -> Book:
    return Book(folder)


@pytest.fixture
def get(book: Book) -> Get:
    site = create_documentation(lambda: DESCRIBED, book=book)

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
