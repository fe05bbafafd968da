"""What services give back: finished JSON documents, alone or as pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Generic, TypeVar

from expressb2b_core.errors import Stale

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
encode = _encoder.encode
"""A value as compact JSON text."""


def entity_tag(text: str) -> str:
    """The strong validator of a document (RFC 9110 section 8.8.3), without its quotes."""
    return blake2b(text.encode(), digest_size=12).hexdigest()


def require_match(if_match: frozenset[str] | None, text: str) -> None:
    """Let a change pass if it was decided on this document (RFC 9110 section 13.1.1).

    `None` is no condition, `*` matches every document.

    Raises:
        Stale: the document has none of these entity tags.
    """
    if if_match is None or "*" in if_match:
        return
    if entity_tag(text) not in if_match:
        raise Stale


class Document:
    """A JSON document, parsed when it is first looked into.

    Fields are read like attributes or like members: `order.status`, `order["status"]`. `text` is
    the document as the interface answers it; `created` is True when this call made the record.
    """

    __slots__ = ("_fields", "created", "text")

    def __init__(self, text: str, *, created: bool = False) -> None:
        self.text = text
        self.created = created
        self._fields: dict[str, Any] | None = None

    @property
    def etag(self) -> str:
        """The strong validator of this document."""
        return entity_tag(self.text)

    def to_dict(self) -> dict[str, Any]:
        """The document as plain Python values, a new copy each time."""
        found: dict[str, Any] = json.loads(self.text)
        return found

    def keys(self) -> list[str]:
        """The names of the fields, so that `dict(document)` works."""
        return list(self._parsed())

    def _parsed(self) -> dict[str, Any]:
        if self._fields is None:
            self._fields = self.to_dict()
        return self._fields

    def __getitem__(self, name: str) -> Any:
        return self._parsed()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._parsed()

    def __iter__(self) -> Iterator[str]:
        return iter(self._parsed())

    def __getattr__(self, name: str) -> Any:
        # Python's own protocols (copy, pickle) ask for names that are never fields.
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._parsed()[name]
        except KeyError:
            raise AttributeError(name) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self._parsed() == other._parsed()

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text})"


D = TypeVar("D", bound=Document)


@dataclass(frozen=True, slots=True)
class Page(Generic[D]):
    """One page of a list; iterating gives its documents.

    `lines` are the documents as compact JSON in UTF-8, one in each line. `total` counts all rows of
    the list, `next_cursor` is None on the last page, `page` is set when the page was asked for by
    number.
    """

    lines: bytes
    total: int
    per_page: int
    next_cursor: str | None
    page: int | None
    make: Callable[[str], D]

    @property
    def texts(self) -> Sequence[str]:
        """The text of each document."""
        return self.lines.decode().split("\n") if self.lines else ()

    def __iter__(self) -> Iterator[D]:
        return (self.make(text) for text in self.texts)

    def __len__(self) -> int:
        return len(self.texts)


def lines_of(texts: Iterable[str]) -> bytes:
    """Documents as the lines of a page."""
    return "\n".join(texts).encode()


def walk(list_page: Callable[..., Page[D]], query: Mapping[str, object]) -> Iterator[D]:
    """The documents of the page that this query asks for, and of all pages that follow it."""
    page = list_page(**query)
    yield from page
    rest = {name: value for name, value in query.items() if name != "page"}
    while page.next_cursor is not None:
        page = list_page(**(rest | {"cursor": page.next_cursor}))
        yield from page
