"""Values of options in the forms people type them; what cannot be read ends with exit code 2.

Each function is the `type` of an option.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from expressb2b_core.inputs import moments
from expressb2b_core.inputs.keys import LimitsInput
from expressb2b_core.rules.durations import parse_duration
from expressb2b_server import setting_values

_BUCKETS = tuple(LimitsInput.__annotations__)


def duration(text: str) -> int:
    """`90s`, `15m`, `12h` or `365d`, in seconds."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from error


def moment(text: str) -> str:
    """A time with its zone; stays text."""
    try:
        moments.parse(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r}: {error}.") from error
    return text


def bound(text: str) -> str:
    """One end of a period: a date, or a time with its zone; stays text."""
    try:
        moments.parse_bound(text, closing=False)
    except ValueError as error:
        wanted = "write a date (2026-03-15), or a time with its zone (2026-03-15T14:32:07Z)"
        raise click.BadParameter(f"{text!r} is no such time; {wanted}.") from error
    return text


def database_address(text: str) -> str:
    """The address of a database, of a kind that there is."""
    try:
        return setting_values.database(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from error


def http_url(text: str) -> str:
    """Where a server is: scheme, host, and perhaps port and path."""
    try:
        parts = urlsplit(text)
        is_complete = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_complete = False
    if not is_complete:
        raise click.BadParameter(f"{text!r} is no address, such as http://127.0.0.1:8000.")
    return text


def limit(text: str) -> tuple[str, int]:
    """`read=600`, as a pair."""
    bucket, _, count = text.partition("=")
    if bucket not in _BUCKETS or not (count.isascii() and count.isdigit()):
        wanted = ", ".join(f"{name}=N" for name in _BUCKETS)
        raise click.BadParameter(f"{text!r} is no limit; write one of {wanted}.")
    return bucket, int(count)
