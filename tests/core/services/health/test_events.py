"""Gaps in the sequence of events are found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from expressb2b_core import Workspace
from expressb2b_core.services.health import Finding
from tests.core.services.health.conftest import Spoil

Found = Callable[[str], list[Finding]]


@pytest.mark.parametrize(
    ("sql", "detail"),
    [
        ("DELETE FROM events WHERE seq = 2", "without gaps"),
        ("DELETE FROM events WHERE seq = 1", "no event order.placed"),
        ("DELETE FROM events WHERE seq = 1", "without gaps"),
        ("UPDATE workspaces SET last_event_seq = 3", "counter of events is 3"),
        ("UPDATE workspaces SET last_order_number = 1002", "order 1004 exists"),
    ],
)
def test_what_is_missing_from_the_sequence_is_found(
    busy: Workspace, spoil: Spoil, found: Found, sql: str, detail: str
) -> None:
    spoil(sql)

    assert any(detail in finding.detail for finding in found("events"))


def test_a_test_event_has_no_place_in_the_sequence(busy: Workspace, found: Found) -> None:
    endpoint = busy.webhooks.register(url="https://192.0.1.1/hook", events=["*"])
    busy.webhooks.test(endpoint.id)

    assert found("events") == []
