"""The site that Sphinx has built: it is of these pages, it is whole, and it can be read offline."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from expressb2b_server.documentation import console
from expressb2b_server.documentation.book import BUILT, Book, Page
from expressb2b_server.documentation.passages import passages_of
from tests.docs.blocks import DOCS

BOOK = Book(DOCS)
PAGES = {path.relative_to(BUILT).as_posix(): path for path in sorted(BUILT.rglob("*.html"))}
_LINK = re.compile(r'\b(?:href|src|action)="([^"]*)"')
_LOADED = re.compile(r'<(?:link|script|img|iframe)\b[^>]*\b(?:href|src)="([^"]*)"')
_ID = re.compile(r'\bid="([^"]+)"')
_INLINE = re.compile(r' style="| on[a-z]+="|<style|<script(?![^>]* src=)')


@cache
def html_of(name: str) -> str:
    return PAGES[name].read_text()


def test_the_built_site_has_a_page_for_each_of_the_docs() -> None:
    assert {page.name for page in BOOK} - {name.removesuffix(".html") for name in PAGES} == set()


@pytest.mark.parametrize("page", list(BOOK), ids=lambda page: page.name)
def test_the_built_site_is_of_the_present_docs(page: Page) -> None:
    assert (BUILT / f"{page.name}.md").read_text() == page.markdown, "run: make docs"


@pytest.mark.parametrize("page", list(BOOK), ids=lambda page: page.name)
def test_what_an_answer_links_to_is_on_the_page(page: Page) -> None:
    anchors = {passage.anchor for passage in passages_of(page)} - {""}

    assert anchors <= set(_ID.findall(html_of(f"{page.name}.html")))


@pytest.mark.parametrize("page", list(BOOK), ids=lambda page: page.name)
def test_a_page_can_be_had_as_markdown_and_leaves_out_the_comments(page: Page) -> None:
    html = html_of(f"{page.name}.html")
    file = page.name.rpartition("/")[2]

    assert f'href="{file}.md" data-copy-page' in html
    assert "<!-- not run" not in html and "<!-- Written by" not in html


def test_the_navigation_has_the_order_of_the_contents() -> None:
    listed = re.findall(r'toctree-l1"><a [^>]*href="([^"]+)\.html"', html_of("index.html"))

    assert listed[1:] == [page.name for page in BOOK if page.name != "index"]


@pytest.mark.parametrize("name", PAGES)
def test_links_of_a_built_page_lead_to_files_beside_it(name: str) -> None:
    dead = []
    for link in _LINK.findall(html_of(name)):
        path = unquote(link.partition("#")[0].partition("?")[0])
        if not path or path.startswith("/") or ":" in path:
            continue
        target = (PAGES[name].parent / path).resolve()
        if not target.is_file() and target.relative_to(BUILT).as_posix() not in console.files():
            dead.append(link)

    assert dead == []


@pytest.mark.parametrize("name", PAGES)
def test_a_built_page_loads_files_alone_and_none_from_elsewhere(name: str) -> None:
    html = html_of(name)

    assert _INLINE.findall(re.sub(r"(?s)<pre.*?</pre>", "", html)) == []
    assert [link for link in _LOADED.findall(html) if ":" in link or link[0] == "/"] == []


def test_stylesheets_load_nothing_from_elsewhere() -> None:
    loaded = [
        target
        for path in Path(BUILT).rglob("*.css")
        for target in re.findall(r"url\(([^)]*)\)|@import", path.read_text())
    ]

    assert [target for target in loaded if not target.strip("\"'").startswith("data:")] == []
