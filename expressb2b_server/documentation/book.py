"""The documentation's Markdown: its pages, and their order.

Which pages there are, and in which order, stands in `contents.toml`. They are read from the built
site, where `docs/conf.py` puts them beside the HTML that Sphinx makes of them; finding something in
them is `searching`'s.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_CONTENTS = "contents.toml"
BUILT = Path(__file__).parent / "built"
"""Where `setup.py` puts the built site, in an installation as in a source tree."""

_FENCE = re.compile(r"(?ms)^(```+).*?^\1[ \t]*$\n?")
_COMMENT = re.compile(r"(?s)^<!--.*?-->\n*", re.MULTILINE)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


class NotBuilt(Exception):
    """A source tree in which the site was not built yet."""

    def __init__(self) -> None:
        super().__init__("The documentation is not built: run `make docs`.")


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `name` is its path below `docs/`, without `.md`; `markdown` is as written."""

    name: str
    markdown: str

    @property
    def title(self) -> str:
        """Its first heading, without markup."""
        found = _TITLE.search(self.markdown)
        return self.name if found is None else found[1].replace("`", "")

    @property
    def summary(self) -> str:
        """The first paragraph below the title, on one line and without links."""
        for block in self.text.split("\n\n")[1:]:
            if block[:1] not in "#|`<->1":
                return _LINK.sub(r"\1", " ".join(block.split()))
        return ""

    @property
    def text(self) -> str:
        """The Markdown without its comments, which are for those who run the examples."""
        return without_comments(self.markdown)


@dataclass(frozen=True, slots=True)
class Section:
    """Pages that belong together, in the order in which they are read."""

    title: str
    pages: Sequence[Page]


class Book:
    """All pages. They are read from the folder once, when they are first asked for.

    Raises:
        NotBuilt: the folder has no pages.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or BUILT
        if not is_built(self.folder):
            raise NotBuilt

    @cached_property
    def sections(self) -> Sequence[Section]:
        """The sections in their order."""
        contents = tomllib.loads((self.folder / _CONTENTS).read_text(encoding="utf-8"))
        return [
            Section(row["title"], [self._read(name) for name in row["pages"]])
            for row in contents["section"]
        ]

    @cached_property
    def pages(self) -> Mapping[str, Page]:
        """Every page by its name, in the order in which they are read."""
        return {page.name: page for section in self.sections for page in section.pages}

    def __iter__(self) -> Iterator[Page]:
        return iter(self.pages.values())

    def _read(self, name: str) -> Page:
        return Page(name, (self.folder / f"{name}.md").read_text(encoding="utf-8"))


def is_built(folder: Path | None = None) -> bool:
    """Whether a folder, by default that of the installed site, has pages."""
    return (folder or BUILT).joinpath(_CONTENTS).is_file()


def without_comments(markdown: str) -> str:
    """Markdown without its HTML comments; what looks like one inside a code block stays."""
    parts = []
    at = 0
    for fence in _FENCE.finditer(markdown):
        parts.append(_COMMENT.sub("", markdown[at : fence.start()]))
        parts.append(fence[0])
        at = fence.end()
    parts.append(_COMMENT.sub("", markdown[at:]))
    return "".join(parts)
