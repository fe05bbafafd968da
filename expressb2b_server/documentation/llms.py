"""`/llms.txt` and `/llms-full.txt`: the documentation for programs that read it whole.

The form is that of llmstxt.org: a title, a summary, and lists of links to Markdown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from expressb2b_server.documentation.book import Book, Page
from expressb2b_server.documentation.rendering import SITE
from expressb2b_server.release import NAME

_SUMMARY = (
    "The ordering back end for wholesalers: orders at negotiated prices, their approval, catalog, "
    "stock and billing accounts over REST with an API key, and signed webhooks."
)
_GROUND_RULES = """\
- Base path `/api`; JSON in and out; `Authorization: Bearer <key>` on every request.
- Money is a decimal string (`"38.50"`), times are RFC 3339 in UTC (`2026-03-15T14:32:07Z`).
- Errors are `application/problem+json`: branch on `code`.
- Unknown fields and query parameters are refused.
- Send an `Idempotency-Key` with every `POST` that you might have to repeat.
- Lists go on with `cursor`, taken from `meta.next_cursor`."""


def short(book: Book, described: str, base_url: str) -> str:
    """What there is to read, and every path of the interface.

    Args:
        book: The documentation.
        described: The OpenAPI document as JSON text.
        base_url: Stands before every link; empty for links that begin with `/`.
    """
    parts = [f"# {NAME}", f"> {_SUMMARY}", _GROUND_RULES]
    for section in book.sections:
        links = "\n".join(_link(page, base_url) for page in section.pages)
        parts.append(f"## {section.title}\n\n{links}")
    paths = "\n".join(_paths(described))
    parts.append(
        f"## Paths\n\nThe whole description is [OpenAPI 3.1]({base_url}/api/openapi.json); all "
        f"pages in one file are [llms-full.txt]({base_url}/llms-full.txt).\n\n{paths}"
    )
    return "\n\n".join(parts) + "\n"


def full(book: Book) -> str:
    """Every page as Markdown, one after another, each below a line that says where it is."""
    pages = (f"<!-- {markdown_address(page.name)} -->\n\n{page.text.strip()}\n" for page in book)
    return f"# {NAME}: the whole documentation\n\n> {_SUMMARY}\n\n" + "\n\n".join(pages)


def markdown_address(name: str) -> str:
    """Where a page is as Markdown."""
    return f"{SITE}/{name}.md"


def _link(page: Page, base_url: str) -> str:
    said = f": {page.summary}" if page.summary else ""
    return f"- [{page.title}]({base_url}{markdown_address(page.name)}){said}"


def _paths(described: str) -> Iterator[str]:
    for path, methods in json.loads(described)["paths"].items():
        for method, operation in methods.items():
            if "summary" in operation:
                yield f"- `{method.upper()} {path}`: {operation['summary']}"
