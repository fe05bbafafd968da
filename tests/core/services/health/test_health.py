"""All checks together."""

from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services.health import CHECKS, Check, Finding, examine


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_sound_database_has_no_findings(b2b: ExpressB2B, busy: Workspace, check: Check) -> None:
    assert examine(b2b.runtime, check) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_an_empty_database_has_no_findings(b2b: ExpressB2B, check: Check) -> None:
    assert examine(b2b.runtime, check) == []


def test_many_findings_are_counted_instead_of_told(b2b: ExpressB2B) -> None:
    one = Finding("error", "here", "wrong", "mend it")
    check = Check("many", "Many", lambda runtime: iter([one] * 25))

    found = examine(b2b.runtime, check)

    assert len(found) == 21
    assert found[-1].detail == "5 more like these"
