"""Lengths of time as people type them: `90s`, `15m`, `12h`, `365d`."""

import re

MAX_DURATION_SECONDS = 36_500 * 86_400
"""A hundred years: now plus any duration stays a date that can be written."""

_DURATION = re.compile(r"([0-9]{1,10})([smhd])")
_SECONDS_PER_UNIT = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def parse_duration(text: str) -> int:
    """Return the duration in seconds, from one second to a hundred years.

    Raises:
        ValueError: When the text is no whole number followed by s, m, h or d, or is out of range.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"not a duration: {text!r}; write for example 90s, 15m, 12h or 365d")
    seconds = int(match[1]) * _SECONDS_PER_UNIT[match[2]]
    if not 1 <= seconds <= MAX_DURATION_SECONDS:
        raise ValueError(f"duration out of range: {text!r}; from 1s to 36500d")
    return seconds
