"""Text of times (RFC 3339) to whole seconds since 1970, and back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = -62_135_596_800
"""The first second of year 1: what a missing start of a window counts as."""
LATEST = 253_402_300_799
"""The last second of year 9999."""


class EndOfDay(str):
    """The text of a midnight that was given as the bare date before it."""

    __slots__ = ()


@lru_cache(maxsize=1024)
def text(seconds: int) -> str:
    """`2026-03-15T14:32:07Z`."""
    moment = _EPOCH + timedelta(seconds=seconds)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def optional_text(seconds: int | None) -> str | None:
    """The same, with None for what has not happened."""
    return None if seconds is None else text(seconds)


@lru_cache(maxsize=1024)
def parse(value: str) -> int:
    """RFC 3339 text to seconds; a fraction of a second is dropped.

    Raises:
        ValueError: no such time, or one without a zone.
    """
    match = _MOMENT.fullmatch(value)
    if match is None:
        raise ValueError("a time looks like 2026-03-15T14:32:07Z, with its zone")
    day, clock, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{zone.upper()}")
        return from_datetime(moment)
    except (ValueError, OverflowError) as error:
        raise ValueError("there is no such time") from error


def from_datetime(moment: datetime) -> int:
    """An aware `datetime` to seconds; `ValueError` for a naive one.

    So it is for one whose zone puts it before year 1 or after year 9999 of UTC.
    """
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    seconds = int((moment - _EPOCH) // timedelta(seconds=1))
    if not EARLIEST <= seconds <= LATEST:
        raise ValueError("the time lies outside the years 1 to 9999 of UTC")
    return seconds


def bound_text(value: str, *, closing: bool) -> str:
    """Uniform text of a moment or a bare date; as a closing bound of a date its `EndOfDay`."""
    found = text(parse_bound(value, closing=closing))
    is_end_of_day = closing and (isinstance(value, EndOfDay) or _DATE.fullmatch(value))
    return EndOfDay(found) if is_end_of_day else found


def is_backwards(start: object, end: object) -> bool:
    """Whether a range of checked bounds begins after it ends.

    What begins where it ends is empty; but a day and what begins after it are the wrong way round.
    """
    # The text of checked bounds is uniform, so its order is that of the times.
    return str(start) > str(end) or (start == end and isinstance(end, EndOfDay))


def parse_bound(value: str, *, closing: bool) -> int:
    """A moment, or a bare date: its start, or as a closing bound the start of the next day."""
    if not _DATE.fullmatch(value):
        return parse(value)
    try:
        day = date.fromisoformat(value)
        if closing:
            day += timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise ValueError("there is no such date") from error
    return from_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC))


def parse_optional(value: str | datetime | None) -> int | None:
    """Checked text to seconds, None staying None."""
    if value is None:
        return None
    return parse(value) if isinstance(value, str) else from_datetime(value)
