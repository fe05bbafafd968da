"""Markdown to HTML, as our pages need it: headings to link to, tables that scroll, coloured code.

Links between pages are written for the folder (`../concepts/orders.md#states`), so that they work
wherever the Markdown is read; here they become addresses of the site.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from expressb2b_server.documentation.book import FRONT_PAGE, without_comments
from expressb2b_server.documentation.highlighting import highlighted

SITE = "/docs"

_NOT_IN_SLUGS = re.compile(r"[^\w\- ]")
_HEADINGS_LISTED = ("h2", "h3")


class Heading(NamedTuple):
    """A heading of a page, as it is listed beside it."""

    level: int
    title: str
    anchor: str


class Rendered(NamedTuple):
    """A page's HTML, its title included, and the headings below it."""

    html: str
    headings: Sequence[Heading]


class Words(NamedTuple):
    """What is to be read: sentences, headings and tables; and what stands in code blocks."""

    prose: str
    code: str


class Slugs:
    """The anchors of one page's headings, made as GitHub makes them."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def of(self, title: str) -> str:
        """The anchor of the next heading with this title."""
        slug = _NOT_IN_SLUGS.sub("", title.lower()).replace(" ", "-")
        count = self._seen.get(slug, 0)
        self._seen[slug] = count + 1
        return f"{slug}-{count}" if count else slug


def render(markdown: str, name: str) -> Rendered:
    """The HTML of a page, or of a part of one; `name` says where its links start from."""
    tokens = _parser.parse(without_comments(markdown))
    headings = _anchor_headings(tokens)
    _lead_links(tokens, name)
    return Rendered(_parser.renderer.render(tokens, _parser.options, {}), headings)


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
    return SITE if name == FRONT_PAGE else f"{SITE}/{quote(name)}"


def resolve(href: str, name: str) -> str:
    """Where a link on a page leads: a page's address for a `.md` file, unchanged if external."""
    path, mark, anchor = href.partition("#")
    if not path or ":" in path or path.startswith("/"):
        return href
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
    if target.endswith(".md"):
        return address(target.removesuffix(".md")) + mark + anchor
    return f"{SITE}/{quote(target)}{mark}{anchor}"


def _anchor_headings(tokens: Sequence[Token]) -> list[Heading]:
    slugs = Slugs()
    found = []
    for index, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        title = _text_of(tokens[index + 1])
        anchor = slugs.of(title)
        token.attrSet("id", anchor)
        if token.tag in _HEADINGS_LISTED:
            found.append(Heading(int(token.tag[1]), title, anchor))
            tokens[index + 2].meta["anchor"] = anchor
    return found


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


def _heading_close(tokens: Sequence[Token], index: int) -> str:
    token = tokens[index]
    anchor = token.meta.get("anchor")
    if anchor is None:
        return f"</{token.tag}>\n"
    link = f'<a class="anchor" href="#{escape(anchor)}" aria-hidden="true" tabindex="-1">#</a>'
    return f" {link}</{token.tag}>\n"


def _fence(tokens: Sequence[Token], index: int) -> str:
    token = tokens[index]
    language = token.info.split()[0] if token.info.strip() else ""
    code = highlighted(token.content, language)
    label = f"Code, {language}" if language else "Code"
    return (
        f'<pre tabindex="0" role="group" aria-label="{escape(label)}">'
        f'<code class="{escape(language)}">{code}</code></pre>\n'
    )


def _made_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    rules = parser.renderer.rules  # type: ignore[attr-defined]
    rules["heading_close"] = lambda tokens, index, *_: _heading_close(tokens, index)
    rules["fence"] = lambda tokens, index, *_: _fence(tokens, index)
    rules["table_open"] = lambda *_: (
        '<div class="table" tabindex="0" role="group" aria-label="Table"><table>\n'
    )
    rules["table_close"] = lambda *_: "</table></div>\n"
    return parser


_parser = _made_parser()
