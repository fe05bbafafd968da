"""The text of an API key: how it is composed, recognised and reduced to a digest.

`eb2b_live_` or `eb2b_test_`, 8 characters of public prefix, `_`, 32 random characters and a
checksum of 6. Whether a key exists, and what it may do, is left to the services.
"""

import hashlib
import re
import string
import zlib
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

KeyMode: TypeAlias = Literal["live", "test"]

RANDOM_BYTES = 40
"""What `compose` needs: 40 characters hold 238 bits, the rest makes the remainder's bias nil."""

KEY_PATTERN = re.compile(r"eb2b_(live|test)_([0-9A-Za-z]{8})_[0-9A-Za-z]{38}")
"""Finds keys in other text, for secret scanners and for redaction; the checksum is not checked."""

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PREFIX_LENGTH = 8
_SECRET_LENGTH = 32
_CHECKSUM_LENGTH = 6


class KeyText(NamedTuple):
    """A well-formed key: its mode, its public prefix, and the digest it is stored under."""

    mode: KeyMode
    prefix: str
    digest: str


def compose(mode: KeyMode, random_bytes: bytes) -> str:
    """Return the text of a new key.

    Args:
        mode: What the key shows to be for.
        random_bytes: `RANDOM_BYTES` bytes of a cryptographic source.
    """
    if mode not in ("live", "test"):
        raise ValueError(f"the mode of a key is live or test, not {mode!r}")
    if len(random_bytes) != RANDOM_BYTES:
        raise ValueError(f"a key needs {RANDOM_BYTES} random bytes, not {len(random_bytes)}")
    characters = _base62(int.from_bytes(random_bytes, "big"), _PREFIX_LENGTH + _SECRET_LENGTH)
    body = f"eb2b_{mode}_{characters[:_PREFIX_LENGTH]}_{characters[_PREFIX_LENGTH:]}"
    return body + _checksum(body)


def parse(text: str) -> KeyText | None:
    """Return the parts of a key, or None where the text cannot be one.

    Any one mistyped character is found by the checksum, so no such text reaches the database.
    """
    # Only what has the form of a key is remembered, which takes a fixed and small room.
    return None if KEY_PATTERN.fullmatch(text) is None else _parsed(text)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> KeyText | None:
    if _checksum(text[:-_CHECKSUM_LENGTH]) != text[-_CHECKSUM_LENGTH:]:
        return None
    _, mode, rest = text.split("_", 2)
    return KeyText("live" if mode == "live" else "test", rest[:_PREFIX_LENGTH], digest(text))


def digest(text: str) -> str:
    """Return the SHA-256 of a key in hexadecimal, the only form in which it is stored.

    Unsalted and fast on purpose: 190 random bits need no stretching, and a digest that is equal
    each time can be looked up.
    """
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode("ascii")), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    characters = []
    for _ in range(length):
        number, index = divmod(number, 62)
        characters.append(_ALPHABET[index])
    return "".join(reversed(characters))
