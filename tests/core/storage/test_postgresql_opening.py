"""Opening a database on PostgreSQL: which addresses are understood, and what is refused."""

from __future__ import annotations

import sys

import peewee
import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import Misconfigured
from expressb2b_core.storage.opening import open_database, without_password
from tests.postgres import Server


@pytest.fixture
def address(postgres_server: Server) -> str:
    return postgres_server.emptied()


def test_a_database_that_is_not_in_utf_8_is_refused(postgres_server: Server) -> None:
    address = postgres_server.create("latin", "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")

    with pytest.raises(Misconfigured, match="ENCODING 'UTF8'"):
        open_database(address)


def test_an_address_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(Misconfigured, match="not understood"):
        open_database("postgresql://me:secret@host/shop?colour=red")


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(Misconfigured, match=r"expressb2b\[postgres\]"):
        open_database("postgresql://host/shop")


def test_an_old_name_of_the_scheme_is_understood(address: str) -> None:
    database = open_database(address.replace("postgresql://", "postgres://"))

    assert database.run_sql("SELECT 1") == [(1,)]
    database.close()


def test_what_the_operator_has_set_stays(address: str) -> None:
    database = open_database(f"{address}&application_name=erp&options=-c%20statement_timeout%3D7s")
    names = ("application_name", "statement_timeout", "lock_timeout", "client_encoding")

    found = [database.run_sql(f"SHOW {name}")[0][0] for name in names]

    assert found == ["erp", "7s", "5s", "UTF8"]
    database.close()


def test_a_database_of_peewee_will_do(postgres_server: Server) -> None:
    postgres_server.emptied("shop")
    own = peewee.PostgresqlDatabase(postgres_server.address("shop"), prefer_psycopg3=True)

    with ExpressB2B(own, secret=b"x") as b2b:
        assert b2b.workspace().name == "default"


def test_it_needs_a_secret_that_all_nodes_share(address: str) -> None:
    with pytest.raises(Misconfigured, match="EXPRESSB2B_SECRET"):
        ExpressB2B(address)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://shop:hush@db/orders", "postgresql://shop:…@db/orders"),
        ("postgresql://db/orders?password=hush", "postgresql://db/orders?password=…"),
        (
            "postgresql://shop@db/orders?sslmode=require&sslpassword=hush&password=hush",
            "postgresql://shop@db/orders?sslmode=require&sslpassword=…&password=…",
        ),
        ("postgresql://shop@db:5433/orders", "postgresql://shop@db:5433/orders"),
        ("sqlite:////data/a:b@c.db", "sqlite:////data/a:b@c.db"),
    ],
)
def test_password_in_an_address_is_masked_wherever_it_stands(address: str, shown: str) -> None:
    assert without_password(address) == shown
