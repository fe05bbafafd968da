"""Fixtures for all tests; the house rules of the suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests import postgres

settings.register_profile(
    "suite",
    max_examples=50,
    deadline=None,  # two busy cores make single examples slow, never wrong
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL of this worker's own."""
    with postgres.running() as server:
        yield server


# Beside all of the core, what depends on how things are stored.
ON_BOTH_DATABASES = frozenset(
    f"tests.server.{name}"
    for name in (
        "api.test_accounts", "api.test_bodies", "api.test_events", "api.test_gate",
        "api.test_inventory", "api.test_orders", "api.test_preconditions", "api.test_products",
        "api.test_queries", "api.test_repeats", "api.test_tiers", "api.test_webhooks",
        "test_housekeeping",
    )
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses `database_address` on PostgreSQL as well, where that matters."""
    if "database_address" in metafunc.fixturenames:
        module = metafunc.module.__name__
        both = module.startswith("tests.core.") or module in ON_BOTH_DATABASES
        kinds = ["sqlite", "postgresql"] if both else ["sqlite"]
        metafunc.parametrize("database_address", kinds, indirect=True)


@pytest.fixture
def database_address(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind: what a test does with it, both have to do alike."""
    if request.param == "sqlite":
        return "sqlite:///:memory:"
    server: postgres.Server = request.getfixturevalue("postgres_server")
    return server.emptied()
