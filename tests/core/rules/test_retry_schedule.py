"""When a failed delivery is tried again, given up, and its endpoint disabled."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressb2b_core.rules.retry_schedule import (
    DEFAULT_STEPS_SECONDS,
    MAX_RETRY_AFTER_SECONDS,
    next_delay_seconds,
    parse_steps,
    should_disable,
)

MIDDLE = 0.5
DAY = 86_400


def test_default_steps_are_the_documented_ones() -> None:
    assert DEFAULT_STEPS_SECONDS == (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


@pytest.mark.parametrize("failures", range(1, 10))
def test_each_failure_waits_for_its_own_step(failures: int) -> None:
    delay = next_delay_seconds(failures, MIDDLE)

    assert delay == pytest.approx(DEFAULT_STEPS_SECONDS[failures - 1])


@settings(deadline=None)
@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True))
def test_jitter_stays_within_ten_percent(failures: int, jitter: float) -> None:
    step = DEFAULT_STEPS_SECONDS[failures - 1]

    delay = next_delay_seconds(failures, jitter)

    assert delay is not None
    assert step * 0.9 - 1e-6 <= delay <= step * 1.1 + 1e-6


def test_jitter_reaches_both_ends() -> None:
    assert next_delay_seconds(1, 0.0) == pytest.approx(4.5)
    assert next_delay_seconds(1, 0.999_999_9) == pytest.approx(5.5)


def test_delivery_is_given_up_after_one_attempt_more_than_there_are_steps() -> None:
    assert next_delay_seconds(2, MIDDLE, (1, 2)) == pytest.approx(2)
    assert next_delay_seconds(3, MIDDLE, (1, 2)) is None


def test_retry_after_does_not_revive_an_exhausted_delivery() -> None:
    assert next_delay_seconds(2, MIDDLE, (1,), retry_after_seconds=60) is None


def test_longer_retry_after_is_respected_whatever_the_jitter() -> None:
    assert next_delay_seconds(1, 0.0, retry_after_seconds=120) == 120


def test_shorter_retry_after_changes_nothing() -> None:
    assert next_delay_seconds(2, MIDDLE, retry_after_seconds=1) == pytest.approx(300)


@pytest.mark.parametrize("retry_after_seconds", [None, 0, -5])
def test_absent_or_past_retry_after_changes_nothing(retry_after_seconds: float | None) -> None:
    delay = next_delay_seconds(1, MIDDLE, retry_after_seconds=retry_after_seconds)

    assert delay == pytest.approx(5)


def test_retry_after_of_years_is_cut_to_a_day() -> None:
    delay = next_delay_seconds(1, MIDDLE, retry_after_seconds=10**9)

    assert delay == MAX_RETRY_AFTER_SECONDS == DAY


@pytest.mark.parametrize("failures", [0, -1])
def test_schedule_before_the_first_failure_is_a_mistake(failures: int) -> None:
    with pytest.raises(ValueError, match="failures"):
        next_delay_seconds(failures, MIDDLE)


@pytest.mark.parametrize("jitter", [-0.1, 1.0, float("nan")])
def test_jitter_outside_its_range_is_a_mistake(jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter"):
        next_delay_seconds(1, jitter)


def test_endpoint_is_disabled_after_five_days_of_failures_and_not_before() -> None:
    assert not should_disable(failing_since=1000, now=1000 + 5 * DAY - 1)
    assert should_disable(failing_since=1000, now=1000 + 5 * DAY)


def test_healthy_endpoint_is_never_disabled() -> None:
    assert not should_disable(failing_since=None, now=10**10)


def test_steps_of_a_setting_are_read_as_seconds() -> None:
    assert parse_steps("5, 300,0.25") == (5, 300, 0.25)


@pytest.mark.parametrize(
    "text",
    ["", " ", "5,,3", "5,", "0", "0.0", "-1", "nan", "inf", "1e9", "1_0", "five", "5;3", "2592001"],
)
def test_steps_that_are_no_positive_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a retry delay"):
        parse_steps(text)


def test_refused_step_is_named() -> None:
    with pytest.raises(ValueError, match="'soon'"):
        parse_steps("5,soon,7")
