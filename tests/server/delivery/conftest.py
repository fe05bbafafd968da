"""Receivers, senders and delivery pools that are closed after each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.rules.webhook_urls import parse_allow_nets
from expressb2b_server.delivery import DeliveryPool, Sender
from tests.receivers import RawReceiver, Receiver
from tests.server.delivery.fake_sender import FakeSender

STEPS_SECONDS = (5, 60)
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


@pytest.fixture
def b2b(clock: ManualClock) -> Iterator[ExpressB2B]:
    with ExpressB2B("sqlite:///:memory:", clock=clock, check_webhook_url=lambda url: None) as made:
        yield made


@pytest.fixture
def shop(b2b: ExpressB2B) -> Workspace:
    return b2b.workspace()


@pytest.fixture
def fake() -> Iterator[FakeSender]:
    sender = FakeSender()
    yield sender
    sender.let_go()


@pytest.fixture
def pool(b2b: ExpressB2B, fake: FakeSender) -> Iterator[Callable[..., DeliveryPool]]:
    """Start pools on `b2b` that send with `fake`: `pool(workers=…)`."""
    started: list[DeliveryPool] = []

    def start(**options: object) -> DeliveryPool:
        given = {"steps_seconds": STEPS_SECONDS} | options
        started.append(DeliveryPool(b2b.runtime, fake, **given))  # type: ignore[arg-type]
        started[-1].start()
        return started[-1]

    yield start
    fake.let_go()
    for one in started:
        one.stop()


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[ExpressB2B]:
    with ExpressB2B(f"sqlite:///{tmp_path}/shop.db", check_webhook_url=lambda url: None) as made:
        yield made
