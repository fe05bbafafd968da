"""Passages of Markdown as HTML, for answers; and as words, for the index.

Whole pages are made by Sphinx. Links between pages are written for the folder
(`../concepts/orders.md#states`), so that they work wherever the Markdown is read; here they become
addresses of the site.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from expressb2b_server.documentation.book import without_comments

SITE = "/docs"

_NOT_IN_SLUGS = re.compile(r"[^\w\- ]")


class Words(NamedTuple):
    """What is to be read: sentences, headings and tables; and what stands in code blocks."""

    prose: str
    code: str


class Slugs:
    """The anchors of one page's headings, made as GitHub and MyST make them."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def of(self, title: str) -> str:
        """The anchor of the next heading with this title."""
        slug = _NOT_IN_SLUGS.sub("", title.lower()).replace(" ", "-")
        count = self._seen.get(slug, 0)
        self._seen[slug] = count + 1
        return f"{slug}-{count}" if count else slug


def render(markdown: str, name: str) -> str:
    """A part of a page as HTML; `name` says where its links start from."""
    tokens = _parser.parse(without_comments(markdown))
    _lead_links(tokens, name)
    html: str = _parser.renderer.render(tokens, _parser.options, {})
    return html


def words(markdown: str) -> Words:
    """The words of some Markdown without its markup."""
    prose: list[str] = []
    code: list[str] = []
    for token in _parser.parse(without_comments(markdown)):
        if token.type == "inline":
            prose.append(_text_of(token))
        elif token.type == "fence":
            code.append(token.content)
    return Words(" ".join(prose), "\n".join(code))


def address(name: str) -> str:
    """Where a page is on the site."""
    return f"{SITE}/{quote(name)}.html"


def resolve(href: str, name: str) -> str:
    """Where a link on a page leads: a page's address for a `.md` file, unchanged if external."""
    path, mark, anchor = href.partition("#")
    if ":" in path or path.startswith("/"):
        return href
    path = path or posixpath.basename(f"{name}.md")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
    if target.endswith(".md"):
        return address(target.removesuffix(".md")) + mark + anchor
    return f"{SITE}/{quote(target)}{mark}{anchor}"


def _text_of(inline: Token) -> str:
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in inline.children or ()
        if child.type in ("text", "code_inline", "softbreak", "hardbreak")
    )


def _lead_links(tokens: Sequence[Token], name: str) -> None:
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", resolve(str(child.attrGet("href")), name))
            elif child.type == "image":
                child.attrSet("src", resolve(str(child.attrGet("src")), name))


# As Sphinx and furo frame them, so that they look alike.
_CODE = '<div class="highlight"><pre tabindex="0" role="group" aria-label="Code">{}</pre></div>\n'
_LITERAL = '<code class="docutils literal">{}</code>'
_TABLE = '<div class="table-wrapper" tabindex="0" role="group" aria-label="Table"><table>\n'


def _in_frame(frame: str) -> Callable[..., str]:
    return lambda tokens, index, *_: frame.format(escape(tokens[index].content, quote=False))


def _made_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    rules = parser.renderer.rules  # type: ignore[attr-defined]
    rules["fence"] = _in_frame(_CODE)
    rules["code_inline"] = _in_frame(_LITERAL)
    rules["table_open"] = lambda *_: _TABLE
    rules["table_close"] = lambda *_: "</table></div>\n"
    return parser


_parser = _made_parser()
