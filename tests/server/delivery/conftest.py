"""Receivers and senders that are closed after each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from expressb2b_core.rules.webhook_urls import parse_allow_nets
from expressb2b_server.delivery.sender import Sender
from tests.receivers import RawReceiver, Receiver

LOOPBACK = parse_allow_nets("127.0.0.0/8")


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def now(self) -> int:
        return int(self.seconds)

    def now_ms(self) -> int:
        return int(self.seconds * 1e3)

    def monotonic_ns(self) -> int:
        return int(self.seconds * 1e9)

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def receiver(closing: ExitStack) -> Callable[..., Receiver]:
    """Make receivers: `receiver(answer)`."""
    return lambda *args, **options: closing.enter_context(Receiver(*args, **options))


@pytest.fixture
def raw_receiver(closing: ExitStack) -> Callable[..., RawReceiver]:
    """Make raw receivers: `raw_receiver(script)`."""
    return lambda *args, **options: closing.enter_context(RawReceiver(*args, **options))


@pytest.fixture
def sender(closing: ExitStack) -> Callable[..., Sender]:
    """Make senders that may send to loopback: `sender(timeout_seconds=…)`."""

    def make(**options: Any) -> Sender:
        made = Sender(**{"allow_nets": LOOPBACK, "timeout_seconds": 5, **options})
        closing.callback(made.close)
        return made

    return make
