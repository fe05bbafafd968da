"""Which release this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

NAME = "Express B2B"


@cache
def release() -> str:
    """Such as `0.1.0`; `unreleased` when run from a source tree that was never installed."""
    try:
        return version("expressb2b")
    except PackageNotFoundError:
        return "unreleased"
