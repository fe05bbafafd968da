"""How tests read what was refused."""

from __future__ import annotations

import pytest

from expressb2b_core.errors import ValidationFailed


def problems(refused: pytest.ExceptionInfo[ValidationFailed]) -> list[tuple[str, str]]:
    """Pointer and code of each error, in order."""
    return [(error.pointer, error.code) for error in refused.value.errors]
