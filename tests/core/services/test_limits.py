from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressb2b_core import ExpressB2B
from expressb2b_core.services.limits import DEFAULTS, FAILED_AUTHENTICATION, Limits
from tests.clocks import FakeClock


@pytest.fixture
def limits(b2b: ExpressB2B) -> Limits:
    return Limits(b2b.runtime)


def admitted(limits: Limits, subject: str, bucket: str, limit: int, times: int) -> int:
    return sum(limits.take(subject, bucket, limit).allowed for _ in range(times))


def test_defaults_are_those_that_are_promised() -> None:
    assert dict(DEFAULTS) == {
        "read": 120,
        "write": 60,
        "webhook_registration": 10,
        "failed_authentication": 60,
    }


def test_exactly_the_limit_passes_in_a_minute(limits: Limits, clock: FakeClock) -> None:
    first = admitted(limits, "key", "write", 60, 100)
    clock.advance(59)
    before = admitted(limits, "key", "write", 60, 100)
    clock.advance(1)

    assert (first, before) == (60, 0)
    assert admitted(limits, "key", "write", 60, 100) == 60


def test_refusal_says_when_to_come_back(limits: Limits, clock: FakeClock) -> None:
    limits.take("key", "write", 2)
    clock.advance(10.5)
    limits.take("key", "write", 2)

    refused = limits.take("key", "write", 2)
    clock.advance(refused.retry_after_seconds)

    assert (refused.allowed, refused.remaining, refused.retry_after_seconds) == (False, 0, 50)
    assert limits.take("key", "write", 2).allowed


def test_keys_and_buckets_do_not_share(limits: Limits) -> None:
    admitted(limits, "one", "write", 60, 61)

    assert limits.take("one", "read", 120).remaining == 119
    assert limits.take("two", "write", 60).remaining == 59
    assert limits.take("one", FAILED_AUTHENTICATION, 60).remaining == 59


def test_another_limit_applies_from_the_next_request_on(limits: Limits) -> None:
    admitted(limits, "key", "write", 60, 60)

    raised = limits.take("key", "write", 70)
    lowered = limits.take("key", "write", 10)

    assert (raised.allowed, raised.limit, raised.remaining) == (True, 70, 9)
    assert (lowered.allowed, lowered.limit, lowered.remaining) == (False, 10, 0)


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads take turns as often as they can, so that what is not locked goes wrong."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless_threads")
def test_sixteen_threads_on_one_key_pass_exactly_the_limit_in_any_minute(
    limits: Limits, clock: FakeClock
) -> None:
    barrier = threading.Barrier(17)
    passed: list[list[int]] = [[] for _ in range(16)]
    rounds = 12

    def hammer(mine: list[int]) -> None:
        for _ in range(rounds):
            barrier.wait()
            mine += [clock.now() for _ in range(60) if limits.take("key", "read", 120).allowed]
            barrier.wait()

    threads = [threading.Thread(target=hammer, args=(mine,)) for mine in passed]
    for thread in threads:
        thread.start()
    for _ in range(rounds):
        barrier.wait()
        barrier.wait()
        clock.advance(20)  # nobody is deciding now, so the times noted above are those decided by
    for thread in threads:
        thread.join()

    times = sorted(itertools.chain.from_iterable(passed))
    fullest = max(sum(start <= at < start + 60 for at in times) for start in times)
    assert fullest == 120
    assert len(times) == 120 * (rounds * 20 // 60)


class TestMemory:
    def test_windows_of_the_last_minute_alone_are_kept(
        self, limits: Limits, clock: FakeClock
    ) -> None:
        for index in range(1000):
            limits.take(f"key-{index}", "read", 120)
            clock.advance(1)

        assert len(limits) <= 61

    def test_window_in_use_is_not_forgotten(self, limits: Limits, clock: FakeClock) -> None:
        for index in range(200):
            limits.take("busy", "write", 5)
            limits.take(f"other-{index}", "write", 5)
            clock.advance(1)

        assert not limits.take("busy", "write", 5).allowed

    def test_addresses_are_bounded_and_the_least_recent_gives_way(self, b2b: ExpressB2B) -> None:
        limits = Limits(b2b.runtime, max_addresses=100)
        for index in range(1000):
            limits.take(f"10.0.0.{index}", FAILED_AUTHENTICATION, 60)
            limits.take("kept", FAILED_AUTHENTICATION, 60)

        assert len(limits) == 100
        assert not limits.take("kept", FAILED_AUTHENTICATION, 60).allowed
        assert limits.take("10.0.0.0", FAILED_AUTHENTICATION, 60).remaining == 59

    def test_flood_of_addresses_takes_no_window_from_a_key(self, b2b: ExpressB2B) -> None:
        limits = Limits(b2b.runtime, max_addresses=10)
        admitted(limits, "key", "write", 60, 60)

        for index in range(100):
            limits.take(f"10.0.0.{index}", FAILED_AUTHENTICATION, 60)

        assert not limits.take("key", "write", 60).allowed


class TestRestart:
    def test_windows_go_on_where_they_were(self, b2b: ExpressB2B, clock: FakeClock) -> None:
        before = Limits(b2b.runtime)
        admitted(before, "key", "write", 60, 40)
        admitted(before, "10.0.0.1", FAILED_AUTHENTICATION, 60, 60)
        clock.advance(20)
        admitted(before, "key", "write", 60, 15)
        before.save()
        clock.advance(15)

        after = Limits(b2b.runtime)
        after.restore()

        assert admitted(after, "key", "write", 60, 100) == 5
        assert not after.take("10.0.0.1", FAILED_AUTHENTICATION, 60).allowed
        clock.advance(25)
        assert admitted(after, "key", "write", 60, 100) == 40

    def test_window_that_ended_meanwhile_is_empty(self, b2b: ExpressB2B, clock: FakeClock) -> None:
        before = Limits(b2b.runtime)
        admitted(before, "key", "write", 60, 60)
        before.save()
        clock.advance(60)

        after = Limits(b2b.runtime)
        after.restore()

        assert admitted(after, "key", "write", 60, 100) == 60

    def test_machine_that_was_started_anew_goes_by_the_wall_clock(
        self, b2b: ExpressB2B, clock: FakeClock
    ) -> None:
        before = Limits(b2b.runtime)
        admitted(before, "key", "write", 60, 60)
        before.save()
        clock.advance(40)
        _reboot(clock)

        after = Limits(b2b.runtime)
        after.restore()

        assert after.take("key", "write", 60).retry_after_seconds == 21  # one for rounding
        clock.advance(21)
        assert admitted(after, "key", "write", 60, 100) == 60

    def test_stopwatch_of_another_start_is_not_believed(
        self, b2b: ExpressB2B, clock: FakeClock
    ) -> None:
        before = Limits(b2b.runtime)
        admitted(before, "key", "write", 60, 60)
        before.save()
        clock.advance(1)
        _reboot(clock, running_for_seconds=10**10)

        after = Limits(b2b.runtime)
        after.restore()

        assert not after.take("key", "write", 60).allowed

    def test_what_was_restored_is_restored_once(self, b2b: ExpressB2B) -> None:
        before = Limits(b2b.runtime)
        before.take("key", "write", 60)
        before.save()
        Limits(b2b.runtime).restore()

        third = Limits(b2b.runtime)
        third.restore()

        assert len(third) == 0

    def test_saving_again_replaces_what_was_saved(self, b2b: ExpressB2B, clock: FakeClock) -> None:
        before = Limits(b2b.runtime)
        before.take("idle", "write", 60)
        before.save()
        clock.advance(60)
        before.take("key", "write", 60)
        before.save()

        after = Limits(b2b.runtime)
        after.restore()

        assert len(after) == 1
        assert after.take("key", "write", 60).remaining == 58

    def test_nothing_saved_is_nothing_restored(self, limits: Limits) -> None:
        limits.restore()

        assert len(limits) == 0

    @given(
        counted_at=st.lists(st.integers(0, 59_999), min_size=1, max_size=10),
        down_ms=st.integers(0, 70_000),
        asked_ms=st.integers(0, 60_000),
        rebooted=st.booleans(),
    )
    def test_no_window_is_ever_overfull_across_a_restart(
        self, counted_at: list[int], down_ms: int, asked_ms: int, rebooted: bool
    ) -> None:
        limit = 5
        clock = FakeClock()
        times: list[int] = []
        with ExpressB2B("sqlite:///:memory:", secret=b"x", clock=clock) as b2b:
            before = Limits(b2b.runtime)
            for earlier, at in itertools.pairwise([0, *sorted(counted_at)]):
                clock.advance((at - earlier) / 1000)
                if before.take("key", "write", limit).allowed:
                    times.append(clock.monotonic_ns())
            before.save()
            clock.advance(down_ms / 1000)
            after = Limits(b2b.runtime)
            if rebooted:
                _reboot(clock)
            after.restore()
            for _ in range(2):
                times += [
                    _true_ns(clock)
                    for _ in range(limit)
                    if after.take("key", "write", limit).allowed
                ]
                clock.advance(asked_ms / 1000)

        minute_ns = 60 * 10**9
        assert all(sum(start <= at < start + minute_ns for at in times) <= limit for start in times)


def _reboot(clock: FakeClock, running_for_seconds: int = 0) -> None:
    """From now on the stopwatch of this clock counts from a start that is so long ago."""
    started_ns = _true_ns(clock) - running_for_seconds * 10**9
    clock.monotonic_ns = lambda: _true_ns(clock) - started_ns  # type: ignore[method-assign]


def _true_ns(clock: FakeClock) -> int:
    return FakeClock.monotonic_ns(clock)
