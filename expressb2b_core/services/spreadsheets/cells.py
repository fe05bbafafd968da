"""One cell of a spreadsheet, in and out."""

from __future__ import annotations

import re

# A cell that begins like this is run as a formula by spreadsheet programs (OWASP, "CSV injection").
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def cell(value: object) -> str:
    """A value as a cell; text that would be run as a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if _is_formula(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def text_of(content: str) -> str:
    """The text of a cell, without the space around it and the apostrophe that `cell` puts."""
    stripped = content.strip()
    if stripped.startswith("'") and _is_formula(stripped):
        return stripped[1:]
    return stripped


def _is_formula(text: str) -> bool:
    """Also behind apostrophes of its own, so that only ours is taken away again."""
    return text.lstrip("'").startswith(_FORMULA_SIGNS)


def whole(content: str) -> int:
    """A whole number; `ValueError` says what is wrong."""
    if not _WHOLE.fullmatch(content):
        raise ValueError(f"{content!r} is no whole number")
    return int(content)


def flag(content: str) -> bool:
    """`true`, `yes` and `1`, or `false`, `no` and `0`; `ValueError` for anything else."""
    found = _FLAGS.get(content.lower())
    if found is None:
        raise ValueError(f"{content!r} is neither true nor false")
    return found


def words(content: str) -> list[str]:
    """Words between spaces, commas, semicolons or bars."""
    return [word for word in re.split(r"[\s,;|]+", content) if word]
