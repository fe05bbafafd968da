"""Tallies that do not say how many orders there are: found, and counted again."""

from __future__ import annotations

from collections.abc import Callable

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services import audit
from expressb2b_core.services.health import Finding, tallies
from tests.core.services.health.conftest import Spoil

Found = Callable[[str], list[Finding]]


def test_a_wrong_tally_is_found_and_counted_again(
    b2b: ExpressB2B, busy: Workspace, spoil: Spoil, found: Found
) -> None:
    spoil("UPDATE order_tallies SET orders = 7 WHERE dimension = 'all' AND status = 'rejected'")

    (finding,) = found("tallies")
    fixed = tallies.fix(b2b.runtime)

    assert finding.fixable
    assert finding.where == "rejected by all of default"
    assert finding.detail == "7 orders are tallied, there are 1"
    assert fixed == 1
    assert busy.orders.list(status="rejected").total == 1
    entry = next(iter(audit.entries(busy.scope)))
    assert (entry.action, entry.details) == ("tallies.recounted", {"put_right": 1})
    assert found("tallies") == []


def test_orders_that_were_never_tallied_are_found_and_counted(
    b2b: ExpressB2B, busy: Workspace, spoil: Spoil, found: Found
) -> None:
    spoil("DELETE FROM order_tallies")

    missing = found("tallies")
    tallies.fix(b2b.runtime)

    assert len(missing) > 1
    assert busy.orders.list().total == 4
    assert found("tallies") == []


def test_fixing_what_is_sound_changes_nothing(b2b: ExpressB2B, busy: Workspace) -> None:
    assert tallies.fix(b2b.runtime) == 0
