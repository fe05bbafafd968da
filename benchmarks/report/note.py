"""What is compared and what is not, as the documentation says it; printed with every run."""

from __future__ import annotations

from pathlib import Path

_PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "speed.md"
_HEADING = "## What is compared, and what is not"


def note() -> str:
    """That section of the page."""
    _, _, behind = _PAGE.read_text().partition(_HEADING)
    return behind.partition("\n## ")[0].strip()
