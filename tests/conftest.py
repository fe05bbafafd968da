"""Fixtures for all tests; the house rules of the suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests import postgres

settings.register_profile(
    "suite",
    deadline=None,  # two busy cores make single examples slow, never wrong
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL of this worker's own."""
    with postgres.running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_address(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind: what a test does with it, both have to do alike."""
    if request.param == "sqlite":
        return "sqlite:///:memory:"
    server: postgres.Server = request.getfixturevalue("postgres_server")
    return server.emptied()
