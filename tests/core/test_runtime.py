"""What comes from outside when nobody hands it in: ids that sort by time."""

from __future__ import annotations

import time
from uuid import RFC_4122, UUID

from expressb2b_core.runtime import new_uuid


def test_an_id_is_a_uuid_of_version_7_in_lower_case() -> None:
    for text in [new_uuid() for _ in range(100)]:
        found = UUID(text)

        assert (found.version, found.variant) == (7, RFC_4122)
        assert str(found) == text


def test_an_id_begins_with_the_milliseconds_of_its_time() -> None:
    before = time.time_ns() // 1_000_000
    at = UUID(new_uuid()).int >> 80
    after = time.time_ns() // 1_000_000

    assert before <= at <= after


def test_many_ids_of_one_moment_do_not_run_ahead_of_the_clock() -> None:
    for _ in range(5000):
        last = new_uuid()

    assert UUID(last).int >> 80 <= time.time_ns() // 1_000_000


def test_later_ids_sort_after_earlier_ones_and_none_comes_twice() -> None:
    made = [new_uuid() for _ in range(1000)]

    assert made == sorted(set(made))
