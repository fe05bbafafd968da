"""What a test of the pool asks about: how deliveries stand, and which threads there are."""

from __future__ import annotations

import threading

from expressb2b_core import Workspace
from tests.receivers import wait_until


def statuses(shop: Workspace, endpoint_id: str) -> list[str]:
    return [one.status for one in shop.webhooks.deliveries(endpoint_id, per_page=100)]


def wait_for_status(shop: Workspace, endpoint_id: str, *expected: str) -> None:
    wait_until(lambda: statuses(shop, endpoint_id) == list(expected))


def attempts_of(shop: Workspace, endpoint_id: str) -> int:
    return sum(one.attempts_count for one in shop.webhooks.deliveries(endpoint_id))


def delivery_threads() -> list[str]:
    """The pool's threads that are alive."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith("delivery")]
