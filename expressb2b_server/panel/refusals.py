"""What the panel itself refuses, before any service is asked."""

from __future__ import annotations


class SignInFirst(Exception):
    """Nobody is signed in."""


class NoSuchPage(Exception):
    """No page has this address."""


class WrongMethod(Exception):
    """The page exists, the method does not."""

    def __init__(self, allowed: str) -> None:
        super().__init__(allowed)
        self.allowed = allowed


class BadRequest(Exception):
    """What was sent cannot be read; the text says why."""


class Forbidden(Exception):
    """Whoever asks may not do it; the text says why."""
