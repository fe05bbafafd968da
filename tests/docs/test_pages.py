"""The pages hang together: every one is listed, has a title, and links to nothing outside.

That the links between them lead somewhere is seen to by their build, which a dead one fails.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from expressb2b_server.documentation.book import Book, Page, without_comments
from expressb2b_server.documentation.passages import passages_of
from tests.docs.blocks import DOCS, ROOT

BOOK = Book(DOCS)
OUTSIDE = ("README.md", "CONTRIBUTING.md")
SOURCES = {path.relative_to(ROOT).as_posix(): path for path in DOCS.rglob("*.md")} | {
    name: ROOT / name for name in OUTSIDE
}
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_FENCE = re.compile(r"(?ms)^(```+).*?^\1")
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)


def links_of(path: Path) -> Iterator[str]:
    text = _FENCE.sub("", without_comments(path.read_text()))
    yield from _LINK.findall(_CODE.sub("`", text))


def anchors_of(path: Path) -> set[str]:
    return {passage.anchor for passage in passages_of(Page("any", path.read_text()))}


def levels_of(page: Page) -> list[int]:
    return [len(mark) for mark in _HEADING.findall(_FENCE.sub("", page.text))]


def test_every_page_is_in_the_contents_once() -> None:
    listed = [page.name for section in BOOK.sections for page in section.pages]

    assert sorted(listed) == sorted(
        path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")
    )


@pytest.mark.parametrize("name", OUTSIDE)
def test_links_from_outside_the_docs_lead_somewhere(name: str) -> None:
    dead = []
    for link in links_of(SOURCES[name]):
        path, _, anchor = link.partition("#")
        if ":" in path:
            continue
        target = (SOURCES[name].parent / path).resolve() if path else SOURCES[name]
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            dead.append(link)

    assert dead == []


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in OUTSIDE])
def test_links_of_the_docs_stay_in_the_docs(name: str) -> None:
    leaving = [
        link
        for link in links_of(SOURCES[name])
        if ":" not in link
        and DOCS not in (SOURCES[name].parent / link.partition("#")[0]).resolve().parents
    ]

    assert leaving == []


@pytest.mark.parametrize("page", list(BOOK), ids=lambda page: page.name)
def test_a_page_has_one_title_and_says_what_it_is_about(page: Page) -> None:
    assert levels_of(page).count(1) == 1
    assert page.summary.endswith((".", ":", "?"))


@pytest.mark.parametrize("page", list(BOOK), ids=lambda page: page.name)
def test_headings_of_a_page_leave_no_level_out(page: Page) -> None:
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels_of(page)))
