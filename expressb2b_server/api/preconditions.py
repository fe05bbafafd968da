"""Entity tags in requests (RFC 9110 section 13): `If-Match` and `If-None-Match`.

The tag of a resource is that of its newest shape; in an older version its name is added, since
the bytes are others. Comparing with the present state is left to the services.
"""

from __future__ import annotations

import re

from expressb2b_server.api.refusals import InvalidHeader

ANY = "*"

_TAG = r'(?:W/)?"[\x21\x23-\x7e]*"'
_TAGS = re.compile(rf"{_TAG}(?:[ \t]*,[ \t]*{_TAG})*", re.ASCII)
_ONE_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"', re.ASCII)


def quoted(tag: str, version: str, newest: str) -> str:
    """The `ETag` of a resource, as it is answered in a version."""
    return f'"{tag}"' if version == newest else f'"{tag}.{version}"'


def read_if_match(value: str | None) -> frozenset[str] | None:
    """The entity tags a caller holds; None without the header, `*` for any.

    Weak tags never match a change (RFC 9110 section 8.8.3.2), so they are left out.

    Raises:
        InvalidHeader: not a list of entity tags.
    """
    if value is None:
        return None
    if value.strip() == ANY:
        return frozenset({ANY})
    if not _TAGS.fullmatch(value.strip()):
        raise InvalidHeader("If-Match", 'write the ETag with its quotes, such as "5d41", or *.')
    found = _ONE_TAG.findall(value)
    return frozenset(tag.partition(".")[0] for weak, tag in found if not weak)


def refuse_if_none_match(value: str | None) -> None:
    """Refuse the header on a change: heeding it is not offered, and ignoring it loses data."""
    if value is not None:
        raise InvalidHeader("If-None-Match", "it is for reading; on a change, send If-Match.")


def is_unchanged(if_none_match: str, etag: str) -> bool:
    """Whether the caller holds this representation already; what cannot be read matches nothing."""
    if if_none_match in (etag, ANY):
        return True
    return any(f'"{tag}"' == etag for _, tag in _ONE_TAG.findall(if_none_match))
