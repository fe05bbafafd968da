"""A workspace on each kind of database, with a clock that stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from expressb2b_core import ExpressB2B, Workspace
from tests.clocks import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def b2b(clock: FakeClock, database_address: str) -> Iterator[ExpressB2B]:
    with ExpressB2B(database_address, secret=b"a secret for tests", clock=clock) as opened:
        yield opened


@pytest.fixture
def shop(b2b: ExpressB2B) -> Workspace:
    return b2b.workspace("default")


@pytest.fixture
def stranger(b2b: ExpressB2B) -> Workspace:
    return b2b.create_workspace("stranger")
