"""The pages hang together: every one is listed, every link leads somewhere, none is unfinished."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from expressb2b_server.documentation.book import Book, Page, without_comments
from expressb2b_server.documentation.rendering import render
from tests.docs.blocks import DOCS, ROOT

BOOK = Book(DOCS)
OUTSIDE = ("README.md", "CONTRIBUTING.md")
SOURCES = {path.relative_to(ROOT).as_posix(): path for path in DOCS.rglob("*.md")} | {
    name: ROOT / name for name in OUTSIDE
}
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_FENCE = re.compile(r"(?ms)^(```+).*?^\1")
_CODE = re.compile(r"`[^`\n]*`")
# Served, and no file of the docs.
_OF_THE_SERVER = {"/llms.txt", "/llms-full.txt"}


def links_of(path: Path) -> Iterator[str]:
    text = _FENCE.sub("", without_comments(path.read_text()))
    yield from _LINK.findall(_CODE.sub("`", text))


@cache
def anchors_of(path: Path) -> set[str]:
    html = render(path.read_text(), "any").html
    return set(re.findall(r'<h[1-6] id="([^"]+)"', html))


def test_every_page_is_in_the_contents_once() -> None:
    listed = [page.name for section in BOOK.sections for page in section.pages]

    assert sorted(listed) == sorted(
        path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")
    )


@pytest.mark.parametrize("name", SOURCES)
def test_links_of_a_page_lead_somewhere(name: str) -> None:
    dead = []
    for link in links_of(SOURCES[name]):
        path, _, anchor = link.partition("#")
        if ":" in path or link in _OF_THE_SERVER:
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
        and link not in _OF_THE_SERVER
        and DOCS not in (SOURCES[name].parent / link.partition("#")[0]).resolve().parents
    ]

    assert leaving == []


@pytest.mark.parametrize("page", list(BOOK), ids=lambda page: page.name)
def test_a_page_has_one_title_and_says_what_it_is_about(page: Page) -> None:
    titles = re.findall(r"<h1[ >]", render(page.markdown, page.name).html)

    assert len(titles) == 1
    assert page.summary.endswith((".", ":", "?"))


@pytest.mark.parametrize("page", list(BOOK), ids=lambda page: page.name)
def test_headings_of_a_page_leave_no_level_out(page: Page) -> None:
    levels = [
        int(level) for level in re.findall(r"<h([1-6])[ >]", render(page.markdown, page.name).html)
    ]

    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
