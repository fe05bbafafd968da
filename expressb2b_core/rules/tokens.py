"""Random texts that let somebody in: sessions, one-time links. Only their digests are kept."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode

RANDOM_BYTES = 32
TEXT_LENGTH = 43


def compose(random: bytes) -> str:
    """The text of a token, made of characters that URLs and cookies take as they are."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a token is made of {RANDOM_BYTES} random bytes")
    return urlsafe_b64encode(random).decode("ascii").rstrip("=")


def digest(text: str) -> str:
    """What is kept of a token. It is long and random, so one fast hash suffices."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
