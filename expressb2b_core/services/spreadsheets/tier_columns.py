"""Pricing tiers that a file names: there already, to be made, or a mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from expressb2b_core.errors import FieldError, ValidationFailed
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.tiers import Tiers


def missing_tiers(scope: Scope, codes: Iterable[str]) -> list[str]:
    """Those of these tiers that the workspace does not have, each once."""
    wanted = list(dict.fromkeys(codes))
    if not wanted:
        return []
    known = {tier.code for tier in Tiers(scope).iterate(per_page=100)}
    return [code for code in wanted if code not in known]


def refuse_missing(pointers: Mapping[str, str]) -> None:
    """Raise `ValidationFailed` for these codes, each at its pointer; nothing for none."""
    problems = [
        FieldError(
            pointer,
            "not_found",
            f"there is no pricing tier {code!r}; make it first, or let the import make it",
        )
        for code, pointer in pointers.items()
    ]
    if problems:
        raise ValidationFailed(problems)


def make_tiers(scope: Scope, codes: Iterable[str]) -> None:
    """Make these tiers, named like their codes until somebody names them better."""
    for code in codes:
        Tiers(scope).put(code, name=code)
