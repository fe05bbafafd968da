"""Passwords of people: which are fit, how they are kept, and whether one is right.

Kept is what scrypt (RFC 7914) makes of it, with the parameters beside it, so that they can grow.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from typing import NamedTuple

MIN_CHARACTERS = 12
MAX_CHARACTERS = 200
SALT_BYTES = 16

_MIN_DIFFERENT = 5
_HASH_BYTES = 32


class Cost(NamedTuple):
    """How dear one guess is: `128 × n × r` bytes of memory, `p` times after another."""

    n: int
    r: int
    p: int


DEFAULT_COST = Cost(n=2**14, r=8, p=5)
"""16 MiB, and about a tenth of a second: OWASP's parameters for little memory.
https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html"""


def problem(password: str, *own_words: str) -> str | None:
    """Why a password is not fit for somebody with this name and this address, or None."""
    if len(password) < MIN_CHARACTERS:
        return f"must have at least {MIN_CHARACTERS} characters; three or four words are good"
    if len(password) > MAX_CHARACTERS:
        return f"must have at most {MAX_CHARACTERS} characters"
    if len(set(password.casefold())) < _MIN_DIFFERENT:
        return "repeats too few characters"
    folded = password.casefold().strip()
    if any(folded in (word.casefold(), word.casefold() * 2) for word in own_words):
        return "must not be your name or address"
    return None


def protect(password: str, salt: bytes, cost: Cost = DEFAULT_COST) -> str:
    """What to keep of a password."""
    kept = _derive(password, salt, cost)
    return "$".join(("scrypt", *map(str, cost), _text(salt), _text(kept)))


def is_right(password: str, kept: str) -> bool:
    """Whether this is the password that was kept, found out in constant time."""
    _, n, r, p, salt, expected = kept.split("$")
    found = _derive(password, b64decode(salt), Cost(int(n), int(r), int(p)))
    return hmac.compare_digest(found, b64decode(expected))


def nobodys(cost: Cost = DEFAULT_COST) -> str:
    """What no password is right for: comparing with it takes as long as with a real one."""
    return "$".join(
        ("scrypt", *map(str, cost), _text(bytes(SALT_BYTES)), _text(bytes(_HASH_BYTES)))
    )


def is_outdated(kept: str, cost: Cost = DEFAULT_COST) -> bool:
    """Whether it was kept at another cost than today's, and should be protected anew."""
    return kept.split("$")[1:4] != [str(figure) for figure in cost]


def _derive(password: str, salt: bytes, cost: Cost) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=cost.n,
        r=cost.r,
        p=cost.p,
        maxmem=128 * cost.r * (cost.n + cost.p + 2) + 1024,
        dklen=_HASH_BYTES,
    )


def _text(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")
