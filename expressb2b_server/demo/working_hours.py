"""When people order and decide: on working days, in the daytime of North America."""

from __future__ import annotations

from expressb2b_server.demo.chance import Chance

HOUR = 3600
DAY = 24 * HOUR
WEEK = 7 * DAY

_OPENS = 13 * HOUR  # UTC
_CLOSES = 23 * HOUR
_THURSDAY = 3  # 1970-01-01 was one; weeks begin with Monday, 0
_SATURDAY = 5


def open_before(at: int, chance: Chance) -> int:
    """A moment of the working hours on the day of `at` (epoch seconds), or the last before it."""
    day = at // DAY
    while _is_weekend(day):
        day -= 1
    return day * DAY + chance.between(_OPENS, _CLOSES)


def next_open(at: int, chance: Chance) -> int:
    """`at` if somebody works then, otherwise some time in the next hours that anybody does."""
    day, of_day = divmod(at, DAY)
    if not _is_weekend(day) and _OPENS <= of_day <= _CLOSES:
        return at
    if of_day > _CLOSES:
        day += 1
    while _is_weekend(day):
        day += 1
    return day * DAY + _OPENS + chance.below(3 * HOUR)


def _is_weekend(day: int) -> bool:
    return (day + _THURSDAY) % 7 >= _SATURDAY
