"""Lengths of time as people type them."""

import pytest

from expressb2b_core.rules.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("90s", 90),
        ("15m", 900),
        ("12h", 43_200),
        ("365d", 31_536_000),
        ("36500d", 3_153_600_000),
    ],
)
def test_duration_is_read_in_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "90", "s", "-5s", "+5s", "1.5h", "1h30m", "5 m", " 5m", "5m\n", "5M", "1w", "٣d", "1_0s"],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="90s, 15m, 12h or 365d"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0s", "000d", "36501d", "9999999999d"])
def test_duration_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        parse_duration(text)
