"""Moving to another database and back: everything arrives, or nothing does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import Conflict, Misconfigured
from expressb2b_core.services import audit, copying
from expressb2b_core.services.administrators import Administrators
from expressb2b_core.services.copying import CopiedTable, Progress, copy_everything
from expressb2b_core.services.deliveries import Deliveries
from expressb2b_core.services.health import CHECKS, examine
from expressb2b_core.storage.database import Database
from expressb2b_core.storage.migrations import migrate
from expressb2b_core.storage.opening import open_database
from expressb2b_core.storage.statements import InsertStatement
from tests.builders import NAPKIN, customer, napkin, order, person
from tests.core.services.delivery_builders import claim, hook, ok
from tests.databases import everything_in
from tests.postgres import Server

SECRET = b"a secret for tests"
NOW = 1_773_585_127
ORIGIN = "sqlite:///old/shop.db"


@pytest.fixture
def on_sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture
def on_postgres(postgres_server: Server) -> str:
    return postgres_server.emptied()


@pytest.fixture(params=["to postgresql", "to sqlite"])
def way(request: pytest.FixtureRequest, on_sqlite: str, on_postgres: str) -> tuple[str, str]:
    there = (on_sqlite, on_postgres)
    return there if request.param == "to postgresql" else there[::-1]


@pytest.fixture
def source(way: tuple[str, str]) -> Iterator[ExpressB2B]:
    """A database with something in every table that is copied."""
    with ExpressB2B(way[0], secret=SECRET) as b2b:
        fill(b2b)
        yield b2b


@pytest.fixture
def target(way: tuple[str, str]) -> Iterator[Database]:
    opened = open_database(way[1])
    yield opened
    opened.close()


def fill(b2b: ExpressB2B) -> None:
    shop = b2b.workspace()
    napkin(shop, inventory={"on_hand": 100}, metadata={"größe": "200 ✓"})
    midwest = customer(shop, {"name": "manager", "min_total": "0"}, external_id="C-1")
    hook(shop)
    placed = order(shop, midwest)
    shop.approvals.approve(placed.id, approver_id=person(shop, midwest, "Ben"))
    shop.orders.fulfill(placed.id)
    shop.keys.create("ERP")
    b2b.create_workspace("stranger", currency="JPY")
    Administrators(b2b.runtime).create(
        name="Ana", email="ana@example.com", password="correct horse battery"
    )
    deliveries = Deliveries(b2b.runtime)
    deliveries.record([ok(one) for one in claim(deliveries)])


def copy(source: ExpressB2B, target: Database) -> list[Progress]:
    told: list[Progress] = []
    copy_everything(source.runtime.database, target, ORIGIN, NOW, told.append)
    return told


def test_everything_arrives(
    source: ExpressB2B, target: Database, way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_BATCH", 2)

    told = copy(source, target)

    with ExpressB2B(way[1], secret=SECRET) as copied:
        assert documents(copied.workspace()) == documents(source.workspace())
        for check in CHECKS:
            assert examine(copied.runtime, check) == examine(source.runtime, check)
    complete = {step.table for step in told if step.is_checked and step.rows == step.of_rows}
    assert {"workspaces", "products", "orders", "events", "deliveries", "audit_log"} <= complete


def documents(shop: Workspace) -> list[str]:
    found = [*shop.products.iterate(), *shop.accounts.iterate(), *shop.events.iterate()]
    found += shop.webhooks.iterate()
    history = [shop.orders.get(placed.id) for placed in shop.orders.iterate()]
    return [document.text for document in (*found, *history)]


def test_work_goes_on_where_it_was(
    source: ExpressB2B, target: Database, way: tuple[str, str]
) -> None:
    copy(source, target)

    with ExpressB2B(way[1], secret=SECRET) as copied:
        shop = copied.workspace()
        shop.products.upsert(sku="TOW-200", name="Towel", base_price="5.00")
        (midwest,) = shop.accounts.iterate()
        placed = shop.orders.place(
            billing_account_id=midwest.id,
            site_id=midwest.sites[0]["id"],
            items=[{"sku": "TOW-200", "qty": 1}, {"sku": NAPKIN, "qty": 1}],
        )
        third = copied.create_workspace("third")

        assert placed.number == 1002
        assert [event.seq for event in shop.events.iterate()] == [1, 2, 3, 4]
        assert third.scope.workspace_id not in {
            shop.scope.workspace_id,
            shop.scope.workspace_id + 1,
        }


def test_there_and_back_again_changes_nothing(on_sqlite: str, on_postgres: str) -> None:
    with ExpressB2B(on_sqlite, secret=SECRET) as first:
        fill(first)
        there = open_database(on_postgres)
        back = open_database("sqlite:///:memory:")

        sums = copy_everything(first.runtime.database, there, ORIGIN, NOW, lambda step: None)
        again = copy_everything(there, back, ORIGIN, NOW, lambda step: None)

        first_sums, then = by_name(sums), by_name(again)
        # But for the entry that says where it came from.
        assert first_sums.pop("audit_log").rows + 1 == then.pop("audit_log").rows
        assert first_sums == then
        assert {table.table for table in sums if not table.rows} <= {
            "idempotent_replies", "admin_sessions", "setup_links"
        }  # fmt: skip
        there.close()
        back.close()


def by_name(copied: Sequence[CopiedTable]) -> dict[str, CopiedTable]:
    return {table.table: table for table in copied}


def test_the_copy_says_where_it_came_from(
    source: ExpressB2B, target: Database, way: tuple[str, str]
) -> None:
    copy(source, target)

    with ExpressB2B(way[1], secret=SECRET) as copied:
        entry = next(iter(audit.entries(copied.workspace().scope)))
    assert (entry.action, entry.door, entry.at) == (
        "database.copied", "command", "2026-03-15T14:32:07Z"
    )  # fmt: skip
    assert entry.details["from"] == ORIGIN


def test_target_that_is_not_empty_is_refused(
    source: ExpressB2B, way: tuple[str, str], target: Database
) -> None:
    with ExpressB2B(way[1], secret=SECRET) as used:
        before = everything_in(used)

        with pytest.raises(Conflict, match="not empty: there is something in workspaces"):
            copy(source, target)

        assert everything_in(used) == before


def test_what_does_not_read_the_same_is_not_copied_at_all(
    source: ExpressB2B, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert_rows = target.insert_rows

    def lose_letters(statement: InsertStatement, rows: list[tuple[object, ...]]) -> None:
        changed = [tuple("?" if '"items":' in str(one) else one for one in row) for row in rows]
        insert_rows(statement, changed)

    monkeypatch.setattr(target, "insert_rows", lose_letters)

    with pytest.raises(Conflict, match="orders does not read the same"):
        copy(source, target)

    assert target.run_sql("SELECT count(*) FROM workspaces") == [(0,)]


def test_source_of_another_schema_is_refused(target: Database) -> None:
    blank = open_database("sqlite:///:memory:")

    with pytest.raises(Misconfigured, match="db migrate"):
        copy_everything(blank, target, ORIGIN, NOW, lambda step: None)

    blank.close()


def test_tables_that_are_there_but_empty_will_do(source: ExpressB2B, target: Database) -> None:
    migrate(target, NOW)

    assert copy(source, target)
