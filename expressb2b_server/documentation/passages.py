"""Pages cut into passages: what stands below one heading, short enough to be an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from expressb2b_server.documentation.book import Page
from expressb2b_server.documentation.rendering import Slugs

LONGEST = 2400
"""A passage has at most about so many characters; longer ones are cut between paragraphs."""

_FENCE_MARK = re.compile(r"`{3,}")
_HEADING = re.compile(r"(#{1,4}) (.+)")


class Passage(NamedTuple):
    """Some paragraphs of a page. `anchor` is that of the heading they stand below."""

    page: Page
    heading: str
    anchor: str
    markdown: str

    @property
    def title(self) -> str:
        """The page's title, and the heading where it is another."""
        title = self.page.title
        return title if self.heading == title else f"{title}: {self.heading}"


def passages_of(page: Page) -> Iterator[Passage]:
    """The passages of a page, in order; headings with nothing below them are left out."""
    slugs = Slugs()
    for title, lines in _cut_at_headings(page.text):
        heading = title.replace("`", "")
        slug = slugs.of(heading)
        anchor = "" if heading == page.title else slug
        for part in _parts("\n".join(lines).strip("\n")):
            yield Passage(page, heading, anchor, part)


def _cut_at_headings(markdown: str) -> Iterator[tuple[str, list[str]]]:
    title, lines = "", list[str]()
    in_fence = False
    for line in markdown.splitlines():
        if _FENCE_MARK.match(line):
            in_fence = not in_fence
        heading = None if in_fence else _HEADING.fullmatch(line)
        if heading is None:
            lines.append(line)
            continue
        if title:
            yield title, lines
        title, lines = heading[2], []
    yield title, lines


def _parts(markdown: str) -> Iterator[str]:
    part = ""
    for block in _blocks(markdown):
        if part and len(part) + len(block) > LONGEST:
            yield part
            part = ""
        part = f"{part}\n\n{block}" if part else block
    if part:
        yield part


def _blocks(markdown: str) -> Iterator[str]:
    """Paragraphs, lists, tables and whole code blocks."""
    block: list[str] = []
    in_fence = False
    for line in markdown.splitlines():
        if _FENCE_MARK.match(line):
            in_fence = not in_fence
        if line or in_fence:
            block.append(line)
        elif block:
            yield "\n".join(block)
            block = []
    if block:
        yield "\n".join(block)
