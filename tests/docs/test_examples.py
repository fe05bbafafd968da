"""The examples that embed the library, driven as their users would drive them."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from expressb2b_core import ExpressB2B
from tests.builders import NAPKIN, Customer, customer, napkin, person

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
THREADS = 6


def stock_the_shop(b2b: ExpressB2B) -> dict[str, str]:
    """The napkin, and an account whose larger orders Ben has to approve; Ana's session."""
    shop = b2b.workspace()
    napkin(shop)
    midwest = customer(shop, {"name": "manager", "min_total": "100.00"}, pricing_tier="volume_b")
    return session_of(midwest, person(shop, midwest, "Ana"))


def session_of(of: Customer, contact_id: str) -> dict[str, str]:
    return {"account_id": of.account_id, "site_id": of.site_id, "contact_id": contact_id}


def colleague(b2b: ExpressB2B, ana: dict[str, str]) -> dict[str, str]:
    of = Customer(ana["account_id"], ana["site_id"])
    return session_of(of, person(b2b.workspace(), of, "Ben"))


def stranger(b2b: ExpressB2B) -> dict[str, str]:
    other = customer(b2b.workspace(), name="Other")
    return session_of(other, person(b2b.workspace(), other, "Cem"))


def in_threads(act: Callable[[], int]) -> list[int]:
    """What `act` returns in each of several threads that start together."""
    start = threading.Barrier(THREADS)
    returned: list[int] = []

    def run() -> None:
        start.wait()
        returned.append(act())

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return returned


def watch_connections(b2b: ExpressB2B) -> list[object]:
    """The SQLite connection under each order that is placed, kept so that none is made again."""
    seen: list[object] = []
    b2b.on("order.placed", lambda _: seen.append(b2b.runtime.database.peewee.connection()))
    return seen


class TestFlask:
    @pytest.fixture
    def app(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        monkeypatch.syspath_prepend(str(EXAMPLES))
        app = importlib.import_module("flask_shop").create_app(
            f"sqlite:///{tmp_path}/shop.db", secret_key="for tests"
        )
        yield app
        app.extensions["express_b2b"].close()

    @pytest.fixture
    def b2b(self, app: Any) -> ExpressB2B:
        found = app.extensions["express_b2b"]
        assert isinstance(found, ExpressB2B)
        return found

    @pytest.fixture
    def ana(self, b2b: ExpressB2B) -> dict[str, str]:
        return stock_the_shop(b2b)

    def client(self, app: Any, signed_in: dict[str, str]) -> Any:
        client = app.test_client()
        with client.session_transaction() as session:
            session.update(signed_in)
        return client

    def test_a_buyer_sees_her_price(self, app: Any, ana: dict[str, str]) -> None:
        found = self.client(app, ana).get(f"/products/{NAPKIN}/price?qty=4")

        assert (found.json["unit_price"], found.json["line_total"]) == ("34.00", "136.00")

    def test_what_one_orders_another_approves(
        self,
        app: Any,
        b2b: ExpressB2B,
        ana: dict[str, str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        client = self.client(app, ana)

        placed = client.post("/orders", json=[{"sku": NAPKIN, "qty": 4}])
        own = client.post(f"{placed.location}/approve")
        approved = self.client(app, colleague(b2b, ana)).post(f"{placed.location}/approve")

        assert (placed.status_code, placed.json["status"]) == (201, "pending_approval")
        assert (own.status_code, own.json["code"]) == (403, "not_an_approver")
        assert approved.json["status"] == "approved"
        assert client.get(placed.location).json == approved.json
        assert f"pick order {placed.json['number']}" in caplog.text

    def test_a_refusal_names_the_fields(self, app: Any, ana: dict[str, str]) -> None:
        refused = self.client(app, ana).post("/orders", json=[{"sku": "NONE", "qty": 0}])

        assert refused.status_code == 422
        assert list(refused.json["fields"]) == ["/items/0/qty"]

    def test_orders_are_listed_page_by_page(self, app: Any, ana: dict[str, str]) -> None:
        client = self.client(app, ana)
        for _ in range(26):
            client.post("/orders", json=[{"sku": NAPKIN, "qty": 1}])

        first = client.get("/orders").json
        rest = client.get("/orders", query_string={"cursor": first["next_cursor"]}).json

        numbers = [order["number"] for order in first["orders"] + rest["orders"]]
        assert numbers == sorted(numbers, reverse=True)
        assert (len(numbers), first["total"], rest["next_cursor"]) == (26, 26, None)

    def test_nobody_sees_another_accounts_order(
        self, app: Any, b2b: ExpressB2B, ana: dict[str, str]
    ) -> None:
        placed = self.client(app, ana).post("/orders", json=[{"sku": NAPKIN, "qty": 4}])
        other = self.client(app, stranger(b2b))

        assert other.get(placed.location).status_code == 404
        assert other.post(f"{placed.location}/approve").status_code == 404
        assert app.test_client().get(placed.location).status_code == 401

    def test_each_thread_of_requests_has_its_own_connection(
        self, app: Any, b2b: ExpressB2B, ana: dict[str, str]
    ) -> None:
        seen = watch_connections(b2b)

        def place() -> int:
            client = self.client(app, ana)
            return int(client.post("/orders", json=[{"sku": NAPKIN, "qty": 1}]).status_code)

        assert in_threads(place) == [201] * THREADS
        assert len(set(map(id, seen))) == THREADS
        assert b2b.workspace().orders.list().total == THREADS


class TestDjango:
    @pytest.fixture(scope="class")
    def module(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
        # Django is set up once for a process.
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(str(EXAMPLES))
            patch.setenv("SHOP_SECRET", "for tests")
            folder = tmp_path_factory.mktemp("django")
            patch.setenv("SHOP_DATABASE", f"sqlite:///{folder}/shop.db")
            module = importlib.import_module("django_shop")
            importlib.import_module("django").setup()
            yield module
            module.b2b.close()

    @pytest.fixture(scope="class")
    def ana(self, module: ModuleType) -> dict[str, str]:
        return stock_the_shop(module.b2b)

    def client(self, signed_in: dict[str, str]) -> Any:
        client = importlib.import_module("django.test").Client()
        session = client.session
        session.update(signed_in)
        session.save()
        client.cookies["sessionid"] = session.session_key
        return client

    def place(self, client: Any, qty: int = 4, sku: str = NAPKIN) -> Any:
        return client.post("/orders", [{"sku": sku, "qty": qty}], content_type="application/json")

    def test_what_one_orders_another_approves(
        self,
        module: ModuleType,
        ana: dict[str, str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        client = self.client(ana)

        placed = self.place(client)
        at = f"/orders/{placed.json()['id']}/approve"
        own = client.post(at)
        approved = self.client(colleague(module.b2b, ana)).post(at)

        assert (placed.status_code, placed.json()["status"]) == (201, "pending_approval")
        assert (own.status_code, own.json()["code"]) == (403, "not_an_approver")
        assert approved.json()["status"] == "approved"
        assert f"pick order {placed.json()['number']}" in caplog.text
        assert client.get("/orders").json()["orders"][0]["id"] == placed.json()["id"]

    def test_a_refusal_names_the_fields(
        self, ana: dict[str, str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.ERROR, "django.request")

        refused = self.place(self.client(ana), sku="NONE")

        assert refused.status_code == 422
        assert list(refused.json()["fields"]) == ["/items/0/sku"]

    def test_nobody_sees_another_accounts_order(
        self, module: ModuleType, ana: dict[str, str]
    ) -> None:
        placed = self.place(self.client(ana))
        other = self.client(stranger(module.b2b))

        assert other.post(f"/orders/{placed.json()['id']}/approve").status_code == 404
        assert other.get("/orders").json() == {"orders": [], "total": 0}
        assert importlib.import_module("django.test").Client().get("/orders").status_code == 401

    def test_each_thread_of_requests_has_its_own_connection(
        self, module: ModuleType, ana: dict[str, str]
    ) -> None:
        before = module.shop.orders.list().total
        seen = watch_connections(module.b2b)

        assert in_threads(lambda: int(self.place(self.client(ana), 1).status_code)) == (
            [201] * THREADS
        )
        assert len(set(map(id, seen))) == THREADS
        assert module.shop.orders.list().total == before + THREADS
