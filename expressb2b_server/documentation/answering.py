"""Answers to questions about the interface, from these pages alone and on this machine.

Nothing is made up and nothing is sent anywhere: an answer is the passages that hold most of the
question, with links to where they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from expressb2b_core.services.documents import encode
from expressb2b_server.documentation.book import Book
from expressb2b_server.documentation.llms import markdown_address
from expressb2b_server.documentation.passages import Passage, passages_of
from expressb2b_server.documentation.questions import MAX_CHARACTERS
from expressb2b_server.documentation.rendering import address
from expressb2b_server.documentation.searching import Found, Index

PASSAGES = 4
"""How many passages an answer has at most."""

_CLOSE_ENOUGH = 0.35


class Answer(NamedTuple):
    """What was asked, and the passages that answer it, the best first; none is "not found"."""

    question: str
    found: Sequence[Found]


def index_of(book: Book) -> Index:
    """All passages of a book, ready to be searched."""
    return Index(passage for page in book for passage in passages_of(page))


def answer(index: Index, question: str) -> Answer:
    """The best passages for a question; those far behind the best are left out."""
    asked = " ".join(question.split())[:MAX_CHARACTERS]
    found = index.search(asked, PASSAGES) if asked else []
    least = found[0].score * found[0].share * _CLOSE_ENOUGH if found else 0
    return Answer(asked, [one for one in found if one.score * one.share >= least])


def as_json(answered: Answer, base_url: str) -> str:
    """The answer for programs; `passages` is empty when these pages have none."""
    return encode(
        {
            "question": answered.question,
            "found": bool(answered.found),
            "passages": [
                {
                    "title": one.passage.title,
                    "url": base_url + passage_address(one.passage),
                    "markdown_url": base_url + markdown_address(one.passage.page.name),
                    "markdown": one.passage.markdown,
                    "share": round(one.share, 2),
                }
                for one in answered.found
            ],
        }
    )


def passage_address(passage: Passage) -> str:
    """Where a passage stands on the site."""
    mark = f"#{passage.anchor}" if passage.anchor else ""
    return address(passage.page.name) + mark
