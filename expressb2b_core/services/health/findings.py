"""What a check is, and what it finds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.runtime import Runtime

Severity = Literal["error", "warning"]

RESTORE = "Restore a backup from before it, and tell the developers how it came about."

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be.

    `where` names the thing, `detail` says what is wrong with it, `remedy` what to do about it;
    `fixable` means that the check's `fix` puts it right.
    """

    severity: Severity
    where: str
    detail: str
    remedy: str
    fixable: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of examination; `fix` returns how many things it put right."""

    name: str
    title: str
    run: Callable[[Runtime], Iterator[Finding]]
    fix: Callable[[Runtime], int] | None = None


def examine(runtime: Runtime, check: Check) -> list[Finding]:
    """What a check finds: at most 20 findings, and one more that counts the rest.

    That the database cannot be read is a finding as well.
    """
    shown: list[Finding] = []
    try:
        found = check.run(runtime)
        shown += islice(found, _SHOWN)
        hidden = sum(1 for _ in found)
    except (sqlite3.DatabaseError, StorageUnavailable) as error:
        detail = f"it cannot be read: {str(error).rstrip('.')}"
        return [*shown, Finding("error", "database", detail, RESTORE)]
    if hidden:
        detail = f"{hidden} more like these"
        shown.append(Finding(shown[-1].severity, "and so on", detail, shown[-1].remedy))
    return shown
