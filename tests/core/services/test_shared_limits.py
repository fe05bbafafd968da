"""Limits that several nodes count together: as exact as those of one process."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressb2b_core import ExpressB2B
from expressb2b_core.rules.rate_limit import Window
from expressb2b_core.services.limits import FAILED_AUTHENTICATION, Limits
from expressb2b_core.services.shared_limits import MAX_SLOTS, SharedLimits, limits_of
from tests.clocks import FakeClock
from tests.postgres import Server

MINUTE_NS = 60 * 10**9

_subjects = itertools.count()


@pytest.fixture
def address(postgres_server: Server) -> str:
    return postgres_server.emptied()


@pytest.fixture
def b2b(clock: FakeClock, address: str) -> Iterator[ExpressB2B]:
    with ExpressB2B(address, secret=b"x", clock=clock) as opened:
        yield opened


@pytest.fixture
def one(b2b: ExpressB2B) -> SharedLimits:
    return node(b2b)


@pytest.fixture
def two(b2b: ExpressB2B) -> SharedLimits:
    return node(b2b)


def node(b2b: ExpressB2B) -> SharedLimits:
    limits = limits_of(b2b.runtime)
    assert isinstance(limits, SharedLimits)
    return limits


def admitted(limits: SharedLimits, limit: int, times: int, subject: str = "key") -> int:
    return sum(limits.take(subject, "write", limit).allowed for _ in range(times))


def windows(b2b: ExpressB2B) -> int:
    return int(b2b.runtime.database.run_sql("SELECT count(*) FROM rate_windows")[0][0])


def test_one_process_on_sqlite_counts_in_memory() -> None:
    with ExpressB2B("sqlite:///:memory:", secret=b"x") as alone:
        assert isinstance(limits_of(alone.runtime), Limits)


def test_nodes_count_together(one: SharedLimits, two: SharedLimits, clock: FakeClock) -> None:
    first = admitted(one, 60, 40) + admitted(two, 60, 40)
    clock.advance(59)
    before = admitted(one, 60, 1) + admitted(two, 60, 1)
    clock.advance(1)

    assert (first, before) == (60, 0)
    assert admitted(one, 60, 40) + admitted(two, 60, 40) == 60


@given(
    steps=st.lists(
        st.tuples(st.sampled_from([0, 1, 500, 1_000, 7_300, 59_999, 60_000]), st.integers(1, 6)),
        min_size=1,
        max_size=25,
    )
)
@settings(max_examples=40)
def test_every_decision_is_that_of_the_exact_log(
    one: SharedLimits, clock: FakeClock, steps: list[tuple[int, int]]
) -> None:
    subject, exact = f"key-{next(_subjects)}", Window(1)
    for later_ms, limit in steps:
        clock.advance(later_ms / 1000)
        exact.resize(limit)

        assert one.take(subject, "read", limit) == exact.take(clock.monotonic_ns())


@pytest.mark.parametrize("limit", [MAX_SLOTS, MAX_SLOTS + 1, 1000])
def test_a_large_limit_is_never_exceeded_and_kept_short(
    one: SharedLimits, b2b: ExpressB2B, clock: FakeClock, limit: int
) -> None:
    times: list[int] = []
    for _ in range(150):
        clock.advance(0.9)
        times += [clock.monotonic_ns()] * admitted(one, limit, limit // 30)

    fullest = max(sum(start <= at < start + MINUTE_NS for at in times) for start in set(times))
    longest = b2b.runtime.database.run_sql("SELECT cardinality(slots) FROM rate_windows")[0][0]
    assert limit * 0.95 < fullest <= limit
    assert longest <= MAX_SLOTS + 2


def test_limit_that_changes_between_large_and_small_stays_exact(
    one: SharedLimits, clock: FakeClock
) -> None:
    admitted(one, 1000, 8)
    clock.advance(0.1)

    assert admitted(one, 10, 5) == 2
    clock.advance(61)
    assert admitted(one, 10, 20) == 10


def test_keys_and_buckets_do_not_share(one: SharedLimits) -> None:
    admitted(one, 60, 61)

    assert one.take("key", "read", 120).remaining == 119
    assert one.take("other", "write", 60).remaining == 59


def test_waiting_as_told_helps_and_a_second_less_does_not(
    one: SharedLimits, clock: FakeClock
) -> None:
    one.take("key", "write", 1)
    clock.advance(0.5)

    told = one.take("key", "write", 1).retry_after_seconds
    clock.advance(told - 1)
    early = one.take("key", "write", 1)
    clock.advance(1)

    assert (told, early.allowed, early.retry_after_seconds) == (60, False, 1)
    assert one.take("key", "write", 1).allowed


def test_windows_outlive_the_nodes(b2b: ExpressB2B, one: SharedLimits) -> None:
    admitted(one, 60, 40)
    one.save()

    restarted = node(b2b)
    restarted.restore()

    assert admitted(restarted, 60, 60) == 20


def test_what_counts_no_more_is_forgotten(
    b2b: ExpressB2B, one: SharedLimits, clock: FakeClock
) -> None:
    admitted(one, 60, 1, "idle")
    clock.advance(30)
    admitted(one, 60, 1, "busy")
    clock.advance(31)

    one.prune()

    assert windows(b2b) == 1
    assert one.take("busy", "write", 60).remaining == 58


def test_a_clock_that_was_set_back_locks_nobody_out_once_it_was_noticed(
    one: SharedLimits, clock: FakeClock
) -> None:
    admitted(one, 60, 60)
    clock.advance(-3600)

    one.prune()

    assert one.take("key", "write", 60).allowed


def test_nobody_without_a_key_makes_the_database_write(b2b: ExpressB2B, one: SharedLimits) -> None:
    passed = [one.take("10.0.0.1", FAILED_AUTHENTICATION, 60).allowed for _ in range(61)]

    assert passed == [True] * 60 + [False]
    assert windows(b2b) == 0


def test_sixteen_threads_of_two_nodes_pass_exactly_the_limit_by_the_databases_clock(
    address: str,
) -> None:
    with ExpressB2B(address, secret=b"x") as left, ExpressB2B(address, secret=b"x") as right:
        nodes = [node(left), node(right)]
        start = threading.Barrier(16)

        def hammer(index: int) -> int:
            start.wait(30)
            return admitted(nodes[index % 2], 120, 20)

        with ThreadPoolExecutor(16) as threads:
            passed = sum(threads.map(hammer, range(16)))

    assert passed == 120
