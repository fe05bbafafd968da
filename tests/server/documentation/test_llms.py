from __future__ import annotations

import json

from expressb2b_server.documentation import llms
from expressb2b_server.documentation.book import Book
from tests.server.documentation.conftest import DESCRIBED


def test_the_short_text_names_every_page_and_every_path(book: Book) -> None:
    text = llms.short(book, DESCRIBED, "")

    assert text.startswith("# Express B2B\n\n> ")
    assert all(f"({llms.markdown_address(page.name)})" in text for page in book)
    assert all(path in text for path in json.loads(DESCRIBED)["paths"])
    assert "- `POST /api/orders`: Place" in text
    assert (
        "## Understand it\n\n- [Orders](/docs/concepts/orders.md): An order is placed once." in text
    )


def test_links_are_whole_where_the_address_is_known(book: Book) -> None:
    assert "(https://b2b.example.com/docs/index.md)" in llms.short(
        book, DESCRIBED, "https://b2b.example.com"
    )


def test_the_full_text_holds_every_page(book: Book) -> None:
    text = llms.full(book)

    assert all(page.text.strip() in text for page in book)
    assert "<!-- /docs/concepts/orders.md -->" in text
