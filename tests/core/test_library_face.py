"""The library as an existing program embeds it: what importing, opening and closing do."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import peewee
import pytest

import expressb2b_core
from expressb2b_core import Document, Event, ExpressB2B
from expressb2b_core.errors import NotFound, StorageUnavailable
from expressb2b_core.storage import write_gate
from expressb2b_core.storage.migrations import schema_version
from expressb2b_core.storage.tables import SCHEMA_VERSION
from tests.builders import NAPKIN, customer, napkin, order, person

REPOSITORY = Path(expressb2b_core.__file__).parents[1]
NOT_IN_THE_CORE = ("bottle", "waitress", "click", "pydantic", "urllib3")
STARTING_AT_ONCE = 3

IMPORT = """
import json, sys, threading
import expressb2b_core
print(json.dumps({
    "threads": [thread.name for thread in threading.enumerate()],
    "modules": [name for name in sys.modules if "." not in name],
}))
"""
OPEN_WHEN_TOLD = """
import sys
from expressb2b_core import ExpressB2B
print("ready", flush=True)
sys.stdin.readline()
with ExpressB2B(sys.argv[1]) as b2b:
    b2b.create_workspace(sys.argv[2])
    print(b2b.runtime.secret.decode())
"""
A_TYPED_PROGRAM = """
from expressb2b_core import Event, ExpressB2B

b2b = ExpressB2B("sqlite:///:memory:")
shop = b2b.workspace()

@b2b.on("order.approved")
def approved(event: Event) -> None: ...

for order in shop.orders.iterate(status="approved"):
    reveal_type(order.total)
reveal_type(shop.products.get("A").min_qty)
shop.products.upsert(sku="A", nam="Napkin")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture
def b2b(path: Path) -> Iterator[ExpressB2B]:
    with ExpressB2B(f"sqlite:///{path}") as opened:
        yield opened


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_importing_starts_no_thread_and_brings_in_no_web_or_terminal_library() -> None:
    output, errors = python(IMPORT).communicate(timeout=30)

    assert errors == ""
    found = json.loads(output)
    assert found["threads"] == ["MainThread"]
    assert "peewee" in found["modules"]
    assert not set(NOT_IN_THE_CORE) & set(found["modules"])


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(expressb2b_core.__file__).parent / "py.typed").exists()


def test_a_type_checker_knows_the_fields_and_the_arguments(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(A_TYPED_PROGRAM)
    command = ["-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(program)]

    done = subprocess.run(
        [sys.executable, *command], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )

    told = [line.partition("program.py:")[2] for line in done.stdout.splitlines()]
    assert told[:2] == [
        '11: note: Revealed type is "str"',
        '12: note: Revealed type is "int"',
    ]
    assert told[2].startswith('13: error: Unexpected keyword argument "nam"')
    assert "Found 1 error" in done.stdout


def test_a_new_database_has_the_workspace_default(b2b: ExpressB2B) -> None:
    shop = b2b.workspace()

    assert (shop.name, shop.currency) == ("default", "USD")
    assert shop.orders.list().total == 0


def test_a_workspace_that_was_never_made_is_not_found(b2b: ExpressB2B) -> None:
    with pytest.raises(NotFound):
        b2b.workspace("nobody")


def test_keyword_arguments_are_named_as_in_the_json(b2b: ExpressB2B) -> None:
    shop = b2b.workspace()
    shop.tiers.put("volume_b", name="Volume B")
    account = shop.accounts.create(name="Midwest Restaurant Group", pricing_tier="volume_b")
    site = shop.sites.create(account.id, name="Chicago — Loop")
    shop.products.upsert(
        sku=NAPKIN,
        name="Linen napkin",
        base_price="41.00",
        pricing=[
            {"tier": "volume_b", "price": "34.00"},
            {"billing_account_id": account.id, "price": "38.50"},
        ],
    )

    placed = shop.orders.place(
        billing_account_id=account.id, site_id=site.id, items=[{"sku": NAPKIN, "qty": 4}]
    )

    assert (placed.total, placed["items"][0]["unit_price"]) == ("154.00", "38.50")
    assert placed.created is True


def test_documents_read_like_attributes_and_have_exactly_the_fields_they_declare(
    b2b: ExpressB2B,
) -> None:
    shop = b2b.workspace()
    napkin(shop)
    midwest = customer(shop, {"name": "manager"})
    placed = order(shop, midwest)
    documents: list[Document] = [
        placed,
        shop.products.get(NAPKIN),
        shop.tiers.get("volume_b"),
        shop.accounts.get(midwest.account_id),
        shop.sites.get(midwest.site_id),
        shop.contacts.get(person(shop, midwest)),
    ]

    for document in documents:
        declared = {name for name in get_type_hints(type(document)) if not name.startswith("_")}
        assert declared == set(document.keys()), type(document).__name__
    assert placed.number == placed["number"] == json.loads(placed.text)["number"]


def test_two_databases_live_in_one_process(tmp_path: Path) -> None:
    addresses = (f"sqlite:///{tmp_path}/one.db", f"sqlite:///{tmp_path}/two.db")
    with ExpressB2B(addresses[0]) as one, ExpressB2B(addresses[1]) as two:
        heard: list[str] = []
        two.on("*", lambda event: heard.append(event.type))
        napkin(one.workspace(), name="One")
        napkin(two.workspace(), name="Two")
        placed = order(one.workspace(), customer(one.workspace()))

        assert one.workspace().products.get(NAPKIN).name == "One"
        assert two.workspace().products.get(NAPKIN).name == "Two"
        assert two.workspace().orders.list().total == 0
        with pytest.raises(NotFound):
            two.workspace().orders.get(placed.id)
        assert heard == []
        assert one.runtime.secret != two.runtime.secret


def test_a_peewee_database_can_be_passed(path: Path) -> None:
    own = peewee.SqliteDatabase(str(path))

    with ExpressB2B(own) as b2b:
        napkin(b2b.workspace())
        found = own.execute_sql("SELECT sku FROM products").fetchall()

    assert found == [(NAPKIN,)]


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="MySQLDatabase"):
        ExpressB2B(peewee.MySQLDatabase("shop"))


def test_iterating_goes_over_all_pages(b2b: ExpressB2B) -> None:
    shop = b2b.workspace()
    shop.products.upsert_many(
        [{"sku": f"P-{index:03d}", "name": "x", "base_price": "1"} for index in range(120)]
    )

    first = shop.products.list(per_page=50)
    found = [product.sku for product in shop.products.iterate(per_page=50)]

    assert (len(first), first.total) == (50, 120)
    assert found == [f"P-{index:03d}" for index in range(120)]


def test_callbacks_come_after_the_commit_in_the_thread_of_the_change(b2b: ExpressB2B) -> None:
    shop = b2b.workspace()
    napkin(shop)
    midwest = customer(shop)
    heard: list[tuple[str, int, int]] = []

    @b2b.on("order.placed")
    def placed(event: Event) -> None:
        with sqlite3.connect(str(b2b.runtime.database.peewee.database)) as other:
            (count,) = other.execute("SELECT count(*) FROM orders").fetchone()
        other.close()
        heard.append((event.type, count, threading.get_ident()))

    order(shop, midwest)

    assert heard == [("order.placed", 1, threading.get_ident())]


def test_processes_that_start_at_once_on_an_empty_file_all_come_up(path: Path) -> None:
    names = [f"made-by-{index}" for index in range(STARTING_AT_ONCE)]
    processes = [python(OPEN_WHEN_TOLD, f"sqlite:///{path}", name) for name in names]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = [process.communicate(timeout=30) for process in processes]

    assert [errors for _, errors in outcomes] == [""] * STARTING_AT_ONCE
    assert [process.returncode for process in processes] == [0] * STARTING_AT_ONCE
    assert len({secret for secret, _ in outcomes}) == 1
    with ExpressB2B(f"sqlite:///{path}") as b2b:
        assert schema_version(b2b.runtime.database) == SCHEMA_VERSION
        assert {b2b.workspace(name).name for name in ("default", *names)} == {"default", *names}


def test_closing_in_one_thread_leaves_the_write_of_another_alone(
    b2b: ExpressB2B, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ExpressB2B(f"sqlite:///{path}")
    monkeypatch.setattr(write_gate, "WAIT_SECONDS", 0.02)

    def work() -> None:
        closer = threading.Thread(target=b2b.close)
        closer.start()
        closer.join()
        with pytest.raises(StorageUnavailable, match="Another process"):
            napkin(other.workspace())

    b2b.runtime.database.write(work)
    napkin(other.workspace())

    assert b2b.workspace().products.list().total == 1
    other.close()


def test_a_database_that_was_closed_is_opened_again_when_it_is_asked(b2b: ExpressB2B) -> None:
    napkin(b2b.workspace())

    b2b.close()
    napkin(b2b.workspace(), name="Again")

    assert b2b.workspace().products.get(NAPKIN).name == "Again"


def test_a_thread_that_ends_closes_its_own_connection_and_no_other(b2b: ExpressB2B) -> None:
    napkin(b2b.workspace())
    own: dict[str, object] = {}

    def work() -> None:
        b2b.workspace().products.get(NAPKIN)
        own["open"] = not b2b.runtime.database.peewee.is_closed()
        b2b.close_thread()
        own["closed"] = b2b.runtime.database.peewee.is_closed()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert own == {"open": True, "closed": True}
    assert not b2b.runtime.database.peewee.is_closed()


def test_a_database_in_memory_serves_many_threads() -> None:
    with ExpressB2B("sqlite:///:memory:") as b2b:
        napkin(b2b.workspace())
        seen: list[Any] = []

        def read() -> None:
            seen.append(b2b.workspace().products.get(NAPKIN).sku)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert seen == [NAPKIN] * 4
