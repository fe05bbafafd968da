"""The pages that depend on a question: answers, what a search has found, and that there is nothing.

The templates escape all text that is put into them; what is HTML already comes from `rendering`.
The frame around them is the built site's.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import bottle

from expressb2b_server.documentation.answering import Answer, passage_address
from expressb2b_server.documentation.built_site import BuiltSite
from expressb2b_server.documentation.rendering import SITE, render
from expressb2b_server.documentation.searching import MARKS, Found
from expressb2b_server.release import NAME

_FOLDER = Path(__file__).parent / "templates"
_EXAMPLES = (
    "How do I verify a webhook's signature?",
    "What happens when a price has changed?",
    "How do I avoid placing an order twice?",
    "Who may approve an order?",
    "How do I make a backup?",
)


class Layout:
    """Makes whole HTML documents."""

    def __init__(self, site: BuiltSite) -> None:
        self._site = site
        self._templates: dict[str, bottle.SimpleTemplate] = {}

    def search(self, asked: str, found: Sequence[Found]) -> str:
        """What a search has found."""
        return self._filled("search.html", "Search", asked=asked, found=found, marked=_marked)

    def answer(self, answered: Answer) -> str:
        """The answer to a question, or where to ask one."""
        return self._filled(
            "ask.html",
            "Ask about the API",
            asked=answered.question,
            found=answered.found,
            rendered=_rendered_passage,
            examples=_EXAMPLES,
        )

    def absent(self) -> str:
        """What stands where there is nothing."""
        return self._filled("absent.html", "There is nothing at this address")

    def _filled(self, template: str, title: str, **values: object) -> str:
        found = self._templates.get(template)
        if found is None:
            found = bottle.SimpleTemplate(name=template, lookup=[str(_FOLDER)])
            self._templates[template] = found
        content = found.render(passage_address=passage_address, site=SITE, **values)
        return self._site.filled(f"{title} - {NAME}", content)


def _rendered_passage(found: Found) -> str:
    return render(found.passage.markdown, found.passage.page.name)


def _marked(excerpt: str) -> str:
    """An excerpt as HTML, with the words that were looked for marked."""
    opening, closing = MARKS
    return escape(excerpt).replace(opening, "<mark>").replace(closing, "</mark>")
