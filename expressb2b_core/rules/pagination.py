"""Cursor text to position and back, and the arithmetic of pages.

Which rows a list has, and in which order, is left to the services; a cursor only remembers where
one of them stopped, and for which list it was made.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from itsdangerous.encoding import base64_decode, base64_encode

DEFAULT_PER_PAGE = 25
MAX_PER_PAGE = 100
DEEPEST_ROW = 10_000

FilterValue: TypeAlias = str | int | bool | Sequence[str] | None
Row = TypeVar("Row")

_FORMAT_VERSION = 1
_SALT = b"expressb2b.cursor"
_compact = json.JSONEncoder(separators=(",", ":")).encode
_canonical = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


class UnusableCursor(ValueError):
    """The cursor was changed, or was made for another list, workspace, filter, sort or format."""


class CursorScope(NamedTuple):
    """The one list a cursor is good for; `filters` comes from `filters_digest`."""

    resource: str
    workspace_id: int
    filters: str


class Cursor(NamedTuple):
    """Where a walk goes on: the sort values of the last row seen, and the total, if carried."""

    position: tuple[int | str, ...]
    total: int | None


class Cursors:
    """Makes and reads signed cursors.

    Keep one object for the life of the process: it derives its keys when it is made. It holds no
    state after that and may be shared between threads.

    Args:
        secret: The server's secret, or several, newest first: the first one signs, all are
            accepted, so a secret is replaced without breaking the walks under way.
    """

    def __init__(self, secret: bytes | Sequence[bytes]) -> None:
        secrets = [secret] if isinstance(secret, bytes) else list(secret)
        if not secrets or not all(secrets):
            raise ValueError("cursors need at least one secret, and none of them empty")
        self._keyed = [_keyed(one) for one in secrets]

    def encode(
        self, scope: CursorScope, position: Sequence[int | str], total: int | None = None
    ) -> str:
        """Return the cursor text, made of URL-safe characters only."""
        payload = base64_encode(_compact([_FORMAT_VERSION, *scope, position, total]))
        return f"{payload.decode()}.{_signature(self._keyed[0], payload).decode()}"

    def decode(self, text: str, scope: CursorScope) -> Cursor:
        """Return what `encode` was given for this scope.

        Raises:
            UnusableCursor: For any other text, and for the cursor of any other scope.
        """
        payload, _, signature = text.rpartition(".")
        if not text.isascii() or not self._is_signed(payload.encode(), signature.encode()):
            raise UnusableCursor("the cursor was changed or was not made by this server")
        fields = json.loads(base64_decode(payload))
        if fields[:4] != [_FORMAT_VERSION, *scope]:
            raise UnusableCursor("the cursor was made for another list")
        position, total = fields[4:]
        return Cursor(tuple(position), total)

    def _is_signed(self, payload: bytes, signature: bytes) -> bool:
        # Compared as text: several base64 texts decode to the same signature, and all but the
        # one that was issued have been changed.
        return any(
            hmac.compare_digest(_signature(keyed, payload), signature) for keyed in self._keyed
        )


def filters_digest(filters: Mapping[str, FilterValue]) -> str:
    """Return a short text that is equal for equal filters and sort, in every process.

    The order of the names does not matter, and `None` is the same as absent. A list is taken in
    the order given, so sort it first where its order means nothing.
    """
    present = {name: value for name, value in filters.items() if value is not None}
    return hashlib.sha256(_canonical(present).encode()).hexdigest()[:16]


def cut_page(rows: Sequence[Row], per_page: int) -> tuple[Sequence[Row], bool]:
    """Return the rows of the page, and whether more follow.

    Args:
        rows: One row more than the page was asked for, where there is one.
        per_page: The size of a full page.
    """
    return rows[:per_page], len(rows) > per_page


def page_offset(page: int, per_page: int) -> int:
    """Return how many rows stand before a page; pages count from 1."""
    if page < 1:
        raise ValueError("page must be at least 1")
    return (page - 1) * per_page


def is_too_deep(page: int, per_page: int) -> bool:
    """Tell whether a page ends beyond the first 10,000 rows, where only cursors lead."""
    return page * per_page > DEEPEST_ROW


def _keyed(secret: bytes) -> hmac.HMAC:
    """What signs with a secret, as soon as it is copied: making another costs twice as much."""
    return hmac.new(hmac.digest(secret, _SALT, "sha256"), digestmod="sha256")


def _signature(keyed: hmac.HMAC, payload: bytes) -> bytes:
    signing = keyed.copy()
    signing.update(payload)
    return base64_encode(signing.digest())
