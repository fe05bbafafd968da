"""The frame around every page: where one is, where one can go, and how one asks.

The templates escape all text that is put into them; what is HTML already comes from `rendering`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import bottle

from expressb2b_server.documentation import assets
from expressb2b_server.documentation.answering import Answer, passage_address
from expressb2b_server.documentation.book import FRONT_PAGE, Book, Page
from expressb2b_server.documentation.llms import markdown_address
from expressb2b_server.documentation.rendering import SITE, address, render
from expressb2b_server.documentation.searching import MARKS, Found
from expressb2b_server.release import NAME, release

_FOLDER = Path(__file__).parent / "templates"
_REFERENCE = "reference/rest"
_EXAMPLES = (
    "How do I verify a webhook's signature?",
    "What happens when a price has changed?",
    "How do I avoid placing an order twice?",
    "Who may approve an order?",
    "How do I make a backup?",
)


class Layout:
    """Makes whole HTML documents."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._templates: dict[str, bottle.SimpleTemplate] = {}

    def page(self, page: Page) -> str:
        """A page of the book."""
        rendered = render(page.markdown, page.name)
        before, after = self._book.neighbours(page.name)
        opening, section, rest = rendered.html.partition("<h2")
        return self._filled(
            "page.html",
            title=page.title,
            summary=page.summary,
            name=page.name,
            opening=opening,
            content=section + rest,
            headings=rendered.headings,
            markdown_address=markdown_address(page.name),
            before=before,
            after=after,
            is_front=page.name == FRONT_PAGE,
            console=_console_address(page.name),
        )

    def search(self, asked: str, found: Sequence[Found]) -> str:
        """What a search has found."""
        return self._filled("search.html", title="Search", asked=asked, found=found, marked=_marked)

    def answer(self, answered: Answer) -> str:
        """The answer to a question, or where to ask one."""
        return self._filled(
            "ask.html",
            title="Ask about the API",
            asked=answered.question,
            found=answered.found,
            rendered=_rendered_passage,
            examples=_EXAMPLES,
        )

    def console(self) -> str:
        """Where requests can be tried in the browser."""
        return self._filled("try.html", title="Try the API", has_console=assets.has_console())

    def absent(self) -> str:
        """What stands where there is nothing."""
        return self._filled("absent.html", title="There is nothing at this address")

    def _filled(self, template: str, **values: object) -> str:
        found = self._templates.get(template)
        if found is None:
            found = bottle.SimpleTemplate(name=template, lookup=[str(_FOLDER)])
            self._templates[template] = found
        html: str = found.render(
            **{
                "address": address,
                "asset": assets.address,
                "asked": "",
                "name": "",
                "passage_address": passage_address,
                "product": NAME,
                "release": release(),
                "sections": self._book.sections,
                "site": SITE,
                "summary": "",
                **values,
            }
        )
        return html


def _console_address(name: str) -> str | None:
    in_reference = name == _REFERENCE or name.startswith(f"{_REFERENCE}/")
    return f"{SITE}/{assets.CONSOLE}" if in_reference and assets.has_console() else None


def _rendered_passage(found: Found) -> str:
    return render(found.passage.markdown, found.passage.page.name).html


def _marked(excerpt: str) -> str:
    """An excerpt as HTML, with the words that were looked for marked."""
    opening, closing = MARKS
    return escape(excerpt).replace(opening, "<mark>").replace(closing, "</mark>")
