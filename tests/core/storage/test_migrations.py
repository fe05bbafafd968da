"""A database of an older release is brought to the schema of this one, with all it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from expressb2b_core.storage.database import Database
from expressb2b_core.storage.migrations import STEPS, migrate, pending, schema_version
from expressb2b_core.storage.opening import open_database
from expressb2b_core.storage.tables import SCHEMA_VERSION
from tests.postgres import Server

SCHEMAS = Path(__file__).parent / "schemas"
OLDEST = 1
NOW = 1_773_585_127

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default
    FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1"
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2
"""
OPTIONS = "SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL ORDER BY 1"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database without any tables."""
    if request.param == "sqlite":
        database = open_database("sqlite:///:memory:")
    else:
        server: Server = request.getfixturevalue("postgres_server")
        database = open_database(server.create("migrated"))
    yield database
    database.close()


def make_as_of(database: Database, version: int) -> None:
    """The tables of an older release, and nothing in them."""
    text = (SCHEMAS / f"version_{version}_{database.dialect.name}.sql").read_text()
    run_all(database, f"{text}INSERT INTO schema_version VALUES (1, {version}, {NOW})")


def run_all(database: Database, text: str) -> None:
    def work() -> None:
        for sql in text.split(";\n"):
            database.run_sql(sql)

    database.write(work)


ORDERS = """
    INSERT INTO workspaces VALUES (7, 'default', 'USD', 1002, 0, 2, 1);
    INSERT INTO billing_accounts VALUES
        ('a', 7, 'A', 'a', NULL, NULL, TRUE, FALSE, '{}', 1, 1);
    INSERT INTO sites VALUES ('s', 7, 'a', 'S', NULL, TRUE, 1, 1);
    INSERT INTO orders VALUES
        ('o1', 7, 1001, 'pending_approval', 'a', 's', NULL, 'USD', 1, 1, NULL, NULL,
         1, 1773532799, 1773532799, 1, '{}', '[]', '{}'),
        ('o2', 7, 1002, 'approved', 'a', 's', NULL, 'USD', 1, 1, NULL, NULL,
         2, 1773532799, 1773532800, 2, '{}', '[]', '{}')
"""
"""Two orders of version 1, placed in the last second of a day; one was approved in the next."""


def schema_of(database: Database) -> object:
    """Everything that the schema consists of, in one order whatever way it came about."""
    if database.dialect.name == "postgresql":
        return [database.run_sql(sql) for sql in (COLUMNS, INDEXES, CONSTRAINTS, OPTIONS)]
    rows = database.run_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1")
    return [(name, "".join(sql.split())) for name, sql in rows]


def test_there_is_a_step_to_every_schema() -> None:
    assert list(STEPS) == list(range(OLDEST + 1, SCHEMA_VERSION + 1))


def test_walking_all_steps_ends_at_the_schema_as_drawn(empty: Database) -> None:
    make_as_of(empty, OLDEST)
    assert pending(empty) == list(STEPS)

    applied = migrate(empty, NOW)

    walked = schema_of(empty)
    assert applied == list(STEPS)
    assert schema_version(empty) == SCHEMA_VERSION
    assert walked == schema_of_new(empty)


def schema_of_new(beside: Database) -> object:
    """The schema that an empty database of the same kind gets."""
    if beside.dialect.name == "sqlite":
        database = open_database("sqlite:///:memory:")
        migrate(database, NOW)
        return schema_of(database)
    run_all(beside, "DROP SCHEMA public CASCADE;\nCREATE SCHEMA public")
    migrate(beside, NOW)
    return schema_of(beside)


def test_orders_that_are_there_are_tallied_on_the_way(empty: Database) -> None:
    make_as_of(empty, 1)
    run_all(empty, ORDERS)

    migrate(empty, NOW)

    found = empty.run_sql("SELECT * FROM order_tallies ORDER BY dimension, value, status")
    assert found == [
        (7, "account", "a", "approved", 1),
        (7, "account", "a", "pending_approval", 1),
        (7, "all", "", "approved", 1),
        (7, "all", "", "pending_approval", 1),
        (7, "created", "2026-03-14", "approved", 1),
        (7, "created", "2026-03-14", "pending_approval", 1),
        (7, "created_month", "2026-03", "approved", 1),
        (7, "created_month", "2026-03", "pending_approval", 1),
        (7, "site", "s", "approved", 1),
        (7, "site", "s", "pending_approval", 1),
        (7, "updated", "2026-03-14", "pending_approval", 1),
        (7, "updated", "2026-03-15", "approved", 1),
        (7, "updated_month", "2026-03", "approved", 1),
        (7, "updated_month", "2026-03", "pending_approval", 1),
    ]


PRICES = """
    INSERT INTO workspaces VALUES (7, 'default', 'USD', 1002, 0, 2, 1);
    INSERT INTO products VALUES
        (1, 7, 'A', 'A', 'a', NULL, NULL, 1, 1, TRUE, NULL, '{}', FALSE, 0, 0, FALSE, NULL,
         1, 1, 1);
    INSERT INTO price_rows VALUES
        (1, 7, 1, NULL, NULL, 'USD', 100, 1, NULL, NULL, 10, 20),
        (2, 7, 1, 'gold', NULL, 'USD', 90, 1, NULL, NULL, 10, 20),
        (3, 7, 1, 'gold', NULL, 'USD', 80, 5, NULL, NULL, 10, NULL),
        (4, 7, 1, NULL, NULL, 'USD', 200, 1, NULL, NULL, 20, 30),
        (5, 7, 1, NULL, NULL, 'USD', 300, 1, NULL, NULL, 30, NULL)
"""
"""A base price that was changed twice, a price of a tier that was ended, and one that stayed."""


def test_prices_that_are_there_are_linked_on_the_way(empty: Database) -> None:
    make_as_of(empty, 1)
    run_all(empty, PRICES)

    migrate(empty, NOW)

    found = empty.run_sql("SELECT id, price, replaces FROM price_rows WHERE replaced ORDER BY id")
    assert found == [(1, 100, None), (4, 200, 1)]
    found = empty.run_sql(
        "SELECT id, price, closed_at, replaces FROM price_rows WHERE NOT replaced ORDER BY id"
    )
    assert found == [(2, 90, 20, None), (3, 80, None, None), (5, 300, None, 4)]


def test_a_second_start_finds_nothing_to_do(empty: Database) -> None:
    make_as_of(empty, OLDEST)
    migrate(empty, NOW)

    assert migrate(empty, NOW) == []
