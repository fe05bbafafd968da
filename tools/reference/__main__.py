"""`python -m tools.reference`: write every generated page that differs."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.reference.pages import generated_pages

FOLDER = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Write the pages, and say which."""
    for name, text in generated_pages().items():
        path = FOLDER / f"{name}.md"
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {path.relative_to(FOLDER.parent)}\n")


if __name__ == "__main__":
    main()
