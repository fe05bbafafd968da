"""What answers of a deprecated version say about its end: `Deprecation` and `Sunset` headers."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate

from expressb2b_core.inputs import moments
from expressb2b_core.rules.versions import Version, Versions

Header = tuple[str, str]


def deprecation_headers(versions: Versions) -> Mapping[str, tuple[Header, ...]]:
    """The headers to add, by version; versions that are not deprecated are absent."""
    return {version.name: _headers(version) for version in versions if version.deprecated_on}


def _headers(version: Version) -> tuple[Header, ...]:
    found = []
    if version.deprecated_on:  # RFC 9745: a structured date
        found.append(("Deprecation", f"@{_start_of(version.deprecated_on)}"))
    if version.sunset_on:  # RFC 8594: an HTTP date
        found.append(("Sunset", formatdate(_start_of(version.sunset_on), usegmt=True)))
    return tuple(found)


def _start_of(day: str) -> int:
    return moments.parse_bound(day, closing=False)
