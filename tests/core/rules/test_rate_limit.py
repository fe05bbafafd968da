"""May this request pass, and when may the next."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressb2b_core.rules.rate_limit import Decision, Window

SECOND = 1_000_000_000
PERIOD = 60 * SECOND
START = 5 * SECOND

# Gaps at, just before and just after the edges, where an inexact limiter errs.
gaps_ns = st.one_of(
    st.sampled_from([0, 1, SECOND - 1, SECOND, SECOND + 1, PERIOD - 1, PERIOD, PERIOD + 1]),
    st.integers(0, 2 * SECOND),
    st.integers(0, PERIOD),
)
arrivals_ns = st.lists(gaps_ns, min_size=1, max_size=40)
limits = st.integers(1, 5)


@dataclass
class NaiveLimiter:
    """Remembers every request ever let through and looks at all of them each time."""

    limit: int
    passed_ns: list[int] = field(default_factory=list)

    def counted(self, now_ns: int) -> list[int]:
        return [at for at in self.passed_ns if now_ns - PERIOD < at <= now_ns]

    def take(self, now_ns: int) -> Decision:
        allowed = len(self.counted(now_ns)) < self.limit
        if allowed:
            self.passed_ns.append(now_ns)
        seconds = self.seconds_until_room(now_ns)
        remaining = max(0, self.limit - len(self.counted(now_ns)))
        return Decision(allowed, self.limit, remaining, 0 if allowed else seconds, seconds)

    def seconds_until_room(self, now_ns: int) -> int:
        """Count up whole seconds until fewer are counted, and fewer than the limit."""
        goal = min(self.limit, len(self.counted(now_ns))) - 1
        seconds = 0
        while len(self.counted(now_ns + seconds * SECOND)) > goal:
            seconds += 1
        return seconds


def fullest_window(passed_ns: Sequence[int]) -> int:
    return max(sum(start <= at < start + PERIOD for at in passed_ns) for start in passed_ns)


def exhausted(limit: int, now_ns: int = START) -> Window:
    window = Window(limit)
    for _ in range(limit):
        assert window.take(now_ns).allowed
    return window


@settings(deadline=None)
@given(limits, arrivals_ns)
def test_every_decision_is_that_of_the_naive_limiter(limit: int, gaps: list[int]) -> None:
    window, naive, now_ns = Window(limit), NaiveLimiter(limit), START
    for gap in gaps:
        now_ns += gap
        assert window.take(now_ns) == naive.take(now_ns)


@settings(deadline=None)
@given(limits, arrivals_ns)
def test_no_window_of_any_position_holds_more_than_the_limit(limit: int, gaps: list[int]) -> None:
    window, now_ns, passed_ns = Window(limit), START, []
    for gap in gaps:
        now_ns += gap
        if window.take(now_ns).allowed:
            passed_ns.append(now_ns)

    assert fullest_window(passed_ns) <= limit


@settings(deadline=None)
@given(limits, arrivals_ns)
def test_retry_after_is_enough_and_a_second_less_is_not(limit: int, gaps: list[int]) -> None:
    window, now_ns = Window(limit), START
    for gap in gaps:
        now_ns += gap
        wait = window.take(now_ns).retry_after_seconds
        if wait:
            early, exact = copy.deepcopy(window), copy.deepcopy(window)
            assert not early.take(now_ns + (wait - 1) * SECOND).allowed
            assert exact.take(now_ns + wait * SECOND).allowed


@settings(deadline=None)
@given(arrivals_ns, st.lists(limits, min_size=40, max_size=40))
def test_changed_limits_are_applied_as_the_naive_limiter_does(
    gaps: list[int], new_limits: list[int]
) -> None:
    window, naive, now_ns = Window(3), NaiveLimiter(3), START
    for gap, limit in zip(gaps, new_limits, strict=False):
        now_ns += gap
        window.resize(limit)
        naive.limit = limit
        assert window.take(now_ns) == naive.take(now_ns)


@settings(deadline=None)
@given(limits, arrivals_ns, arrivals_ns, st.integers(0, PERIOD))
def test_restart_changes_no_decision(
    limit: int, before: list[int], after: list[int], down_ns: int
) -> None:
    window, naive, now_ns = Window(limit), NaiveLimiter(limit), START
    for gap in before:
        now_ns += gap
        assert window.take(now_ns) == naive.take(now_ns)

    ages_ns = [age + down_ns for age in window.snapshot(now_ns)]
    now_ns += down_ns
    clock_offset_ns = 1_000 * PERIOD  # another machine start, another monotonic clock
    window = Window(limit)
    window.restore(ages_ns, now_ns - clock_offset_ns)

    for gap in after:
        now_ns += gap
        assert window.take(now_ns - clock_offset_ns) == naive.take(now_ns)


def test_limit_is_used_up_to_the_last_request() -> None:
    window = Window(60)

    decisions = [window.take(START + index) for index in range(61)]

    assert [decision.allowed for decision in decisions] == [True] * 60 + [False]
    assert [decision.remaining for decision in decisions] == [*range(59, -1, -1), 0]


def test_request_exactly_one_period_later_passes_and_one_nanosecond_earlier_does_not() -> None:
    window = exhausted(1)

    assert not window.take(START + PERIOD - 1).allowed
    assert window.take(START + PERIOD).allowed


def test_refused_requests_do_not_count() -> None:
    window = exhausted(1)
    for second in range(60):
        assert not window.take(START + second * SECOND).allowed

    assert window.take(START + PERIOD).allowed


def test_waiting_time_never_exceeds_the_period() -> None:
    assert exhausted(3).take(START).retry_after_seconds == 60


def test_waiting_time_counts_a_started_second_as_a_whole_one() -> None:
    window = exhausted(1)

    assert window.take(START + PERIOD - 1).retry_after_seconds == 1
    assert window.take(START + PERIOD - SECOND - 1).retry_after_seconds == 2


def test_reset_equals_retry_after_when_exhausted() -> None:
    decision = exhausted(2).take(START + 18 * SECOND)

    assert decision == Decision(False, 2, 0, retry_after_seconds=42, reset_seconds=42)


def test_reset_is_told_for_the_oldest_request_while_there_is_room() -> None:
    window = Window(120)
    window.take(START)
    window.take(START + SECOND)

    decision = window.take(START + 18 * SECOND)

    assert decision == Decision(True, 120, 117, retry_after_seconds=0, reset_seconds=42)


def test_peek_counts_nothing() -> None:
    window = Window(1)

    assert window.peek(START) == Decision(True, 1, 1, 0, 0)
    assert window.take(START).allowed
    assert window.peek(START) == window.take(START)


def test_lowered_limit_waits_until_enough_requests_have_left() -> None:
    window = Window(3)
    for second in (0, 10, 20):
        window.take(START + second * SECOND)

    window.resize(1)

    now_ns = START + 20 * SECOND
    assert window.take(now_ns) == Decision(False, 1, 0, 60, 60)
    assert window.take(now_ns + PERIOD).allowed


def test_raised_limit_makes_room_at_once() -> None:
    window = exhausted(1)

    window.resize(2)

    assert window.take(START).allowed
    assert not window.take(START).allowed


def test_window_is_empty_when_everything_has_left_it() -> None:
    window = exhausted(2)

    assert not window.is_empty(START + PERIOD - 1)
    assert window.is_empty(START + PERIOD)


def test_snapshot_lists_ages_oldest_first() -> None:
    window = Window(5)
    for second in (0, 10, 20):
        window.take(START + second * SECOND)

    assert window.snapshot(START + 65 * SECOND) == [55 * SECOND, 45 * SECOND]


def test_restored_ages_may_be_unsorted_stale_or_from_the_future() -> None:
    window = Window(5)

    window.restore([SECOND, PERIOD, -SECOND, 3 * SECOND], START)

    assert window.snapshot(START) == [3 * SECOND, SECOND, 0]


def test_time_read_too_early_is_taken_as_the_latest_seen() -> None:
    window = Window(2)
    window.take(START + 1)
    window.take(START)

    assert window.snapshot(START + 1) == [0, 0]


def test_window_has_the_length_it_was_given() -> None:
    window = Window(1, seconds=10)
    window.take(START)

    assert window.take(START).retry_after_seconds == 10
    assert window.take(START + 10 * SECOND).allowed


@pytest.mark.parametrize(("limit", "seconds"), [(0, 60), (-1, 60), (1, 0)])
def test_window_that_lets_nothing_pass_or_has_no_length_is_a_mistake(
    limit: int, seconds: int
) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Window(limit, seconds)
