"""Texts of settings to values: each converter refuses with `ValueError`, saying what is right."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

MAX_WEBHOOK_TIMEOUT_SECONDS = 50
"""A delivery is leased for 60 s; an attempt has to end well before that."""

MIN_SECRET_CHARACTERS = 16

_DATABASES = ("sqlite:///", "postgresql://", "postgres://")
_HOST = re.compile(r"[A-Za-z0-9._:%-]{1,253}", re.ASCII)


def database(text: str) -> str:
    """An address of a database of a kind that there is; whether it is there is found out later."""
    address = text.strip()
    if not address:
        raise ValueError("it is empty; leave it out to get the default")
    if not address.startswith(_DATABASES):
        raise ValueError(
            "write sqlite:///folder/expressb2b.db (four slashes before an absolute path) "
            "or postgresql://user@host/name"
        )
    return address


def host(text: str) -> str:
    """A name or an address, without a port."""
    if not _HOST.fullmatch(text):
        raise ValueError("write a name or an address, such as 127.0.0.1 or ::1, without a port")
    return text


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A converter to whole numbers within these bounds."""

    def convert(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError(f"write a whole number from {least} to {most}")
        return int(text)

    return convert


def secret(text: str) -> str:
    """A secret that is long enough, without the space around it."""
    if len(text.strip()) < MIN_SECRET_CHARACTERS:
        raise ValueError(f"it needs at least {MIN_SECRET_CHARACTERS} characters")
    return text.strip()


def public_url(text: str) -> str:
    """Scheme, host and port, without a path."""
    wanted = "write only scheme, host and port, such as https://orders.example.com"
    try:
        parts = urlsplit(text.strip())
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise ValueError(wanted) from None
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in ("http", "https") or not has_host or rest or not text.isascii():
        raise ValueError(wanted)
    return f"{parts.scheme}://{parts.netloc}"


def webhook_timeout(text: str) -> float:
    """Seconds above zero, at most `MAX_WEBHOOK_TIMEOUT_SECONDS`."""
    seconds = float(text) if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text, re.ASCII) else 0.0
    if not 0 < seconds <= MAX_WEBHOOK_TIMEOUT_SECONDS:
        raise ValueError(f"write seconds above 0 and at most {MAX_WEBHOOK_TIMEOUT_SECONDS}")
    return seconds


def switch(text: str) -> bool:
    """`true` or `false`, also as `1` or `0`."""
    found = {"1": True, "true": True, "0": False, "false": False}.get(text.lower())
    if found is None:
        raise ValueError("write true or false")
    return found
