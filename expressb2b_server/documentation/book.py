"""The documentation as it lies in `docs/`: its pages, their order, and the files beside them.

Which pages there are, and in which order, stands in `docs/contents.toml`. Turning them into HTML
is `rendering`'s, finding something in them `searching`'s.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FRONT_PAGE = "index"

# In an installation the pages lie beside the packages under a name of their own, see setup.py.
_FOLDERS = ("expressb2b_docs", "docs")
_CONTENTS = "contents.toml"
_FENCE = re.compile(r"(?ms)^(```+).*?^\1[ \t]*$\n?")
_COMMENT = re.compile(r"(?s)^<!--.*?-->\n*", re.MULTILINE)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


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
    """All pages. They are read from the folder once, when they are first asked for."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or find_folder()

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

    def neighbours(self, name: str) -> tuple[Page | None, Page | None]:
        """The pages before and after one."""
        names = list(self.pages)
        at = names.index(name)
        before = self.pages[names[at - 1]] if at else None
        after = self.pages[names[at + 1]] if at + 1 < len(names) else None
        return before, after

    def file(self, name: str) -> bytes | None:
        """What a file beside the pages holds, such as `webhook-test-vectors.json`; or None."""
        return self._files[name].read_bytes() if name in self._files else None

    @cached_property
    def _files(self) -> Mapping[str, Path]:
        # Listed, so that nothing in a name can lead out of the folder.
        return {
            path.relative_to(self.folder).as_posix(): path
            for pattern in ("*.json", "*.py", "*.svg")
            for path in self.folder.rglob(pattern)
        }

    def _read(self, name: str) -> Page:
        return Page(name, (self.folder / f"{name}.md").read_text(encoding="utf-8"))


def find_folder() -> Path:
    """Where the pages lie: in an installation, or in a source tree.

    Raises:
        FileNotFoundError: neither has them.
    """
    parent = Path(__file__).parents[2]
    for name in _FOLDERS:
        if (parent / name / _CONTENTS).is_file():
            return parent / name
    raise FileNotFoundError(f"the documentation is not installed: there is no {parent}/docs")


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
