"""The code blocks of a Markdown page, with what a comment above them says about running them.

- `<!-- not run: why -->`: it cannot run here.
- `<!-- terminal: it goes on -->`: it does not end; the blocks after it run beside it.
- `<!-- answers: 422 -->`: its requests are answered with this status.
- `<!-- exits: 7 -->`: its last command ends with this code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?:^<!-- (?P<word>[a-z ]+): (?P<said>[^>]*?) -->\n\n?)?"
    r"^(?P<fence>```+)(?P<language>\w*)[^\n]*\n(?P<code>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_PROMPT = re.compile(r"^\$ ", re.MULTILINE)

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GENERATED = "Written by `make docs`"


@dataclass(frozen=True)
class Block:
    """One code block; `word` and `said` are the comment above it."""

    line: int
    language: str
    code: str
    word: str | None
    said: str | None

    @property
    def is_shell(self) -> bool:
        return self.language in ("bash", "console")

    @property
    def commands(self) -> str:
        """What a shell is given: of a console, the lines behind its prompt."""
        if self.language == "bash":
            return self.code
        return "".join(
            f"{_PROMPT.sub('', line)}\n" for line in self.code.splitlines() if line[:2] == "$ "
        )


def blocks_of(text: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("fence")) + 1
        yield Block(line, found["language"], found["code"], found["word"], found["said"])


def written_pages() -> dict[str, Path]:
    """Every page that is written by hand, by its name; the README among them."""
    pages = {"README": ROOT / "README.md"}
    for path in sorted(DOCS.rglob("*.md")):
        if GENERATED not in path.read_text():
            pages[path.relative_to(DOCS).with_suffix("").as_posix()] = path
    return pages
