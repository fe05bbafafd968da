"""The examples that embed the library, driven as their users would drive them."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from expressb2b_core import ExpressB2B
from tests.builders import NAPKIN, Customer, customer, napkin, order, person

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


@pytest.fixture
def flask_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    address = f"sqlite:///{tmp_path}/shop.db"
    app = importlib.import_module("flask_shop").create_app(address, secret_key="for tests")
    yield app
    app.extensions["express_b2b"].close()


@pytest.fixture(scope="module")
def django_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The module; Django is set up once for a process, so its tests share a database."""
    folder = tmp_path_factory.mktemp("django")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        patch.setenv("SHOP_SECRET", "for tests")
        patch.setenv("SHOP_DATABASE", f"sqlite:///{folder}/shop.db")
        module = importlib.import_module("django_shop")
        importlib.import_module("django").setup()
        yield module
        module.b2b.close()


@pytest.fixture
def flask_b2b(flask_app: Any) -> ExpressB2B:
    found = flask_app.extensions["express_b2b"]
    assert isinstance(found, ExpressB2B)
    return found


@pytest.fixture(scope="module")
def django_ana(django_shop: Any) -> dict[str, str]:
    return stock_the_shop(django_shop.b2b)


@pytest.fixture
def flask_ana(flask_b2b: ExpressB2B) -> dict[str, str]:
    return stock_the_shop(flask_b2b)


def flask_client(app: Any, signed_in: dict[str, str]) -> Any:
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(signed_in)
    return client


def django_client(signed_in: dict[str, str] | None = None) -> Any:
    client = importlib.import_module("django.test").Client()
    session = client.session
    session.update(signed_in or {})
    session.save()
    client.cookies["sessionid"] = session.session_key
    return client


def django_place(client: Any, qty: int = 4, sku: str = NAPKIN) -> Any:
    return client.post("/orders", [{"sku": sku, "qty": qty}], content_type="application/json")


def test_flask_shows_a_buyer_her_price(flask_app: Any, flask_ana: dict[str, str]) -> None:
    found = flask_client(flask_app, flask_ana).get(f"/products/{NAPKIN}/price?qty=4")

    assert (found.json["unit_price"], found.json["line_total"]) == ("34.00", "136.00")


def test_in_flask_one_orders_and_another_approves(
    flask_app: Any,
    flask_b2b: ExpressB2B,
    flask_ana: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    ana = flask_client(flask_app, flask_ana)
    ben = flask_client(flask_app, colleague(flask_b2b, flask_ana))

    placed = ana.post("/orders", json=[{"sku": NAPKIN, "qty": 4}])
    own = ana.post(f"{placed.location}/approve")
    approved = ben.post(f"{placed.location}/approve")
    again = ben.post(f"{placed.location}/approve")

    assert (placed.status_code, placed.json["status"]) == (201, "pending_approval")
    assert (own.status_code, own.json["code"]) == (403, "not_an_approver")
    assert approved.json["status"] == "approved"
    assert (again.status_code, again.json["code"]) == (409, "invalid_transition")
    assert ana.get(placed.location).json == approved.json
    assert f"pick order {placed.json['number']}" in caplog.text


def test_flask_names_the_fields_that_are_refused(flask_app: Any, flask_ana: dict[str, str]) -> None:
    refused = flask_client(flask_app, flask_ana).post("/orders", json=[{"sku": "NONE", "qty": 0}])

    assert refused.status_code == 422
    assert list(refused.json["fields"]) == ["/items/0/qty"]


def test_flask_lists_orders_page_by_page(
    flask_app: Any, flask_b2b: ExpressB2B, flask_ana: dict[str, str]
) -> None:
    client = flask_client(flask_app, flask_ana)
    of = Customer(flask_ana["account_id"], flask_ana["site_id"])
    for _ in range(26):
        order(flask_b2b.workspace(), of, qty=1)

    first = client.get("/orders").json
    rest = client.get("/orders", query_string={"cursor": first["next_cursor"]}).json

    numbers = [found["number"] for found in first["orders"] + rest["orders"]]
    assert numbers == list(range(1026, 1000, -1))
    assert (first["total"], rest["next_cursor"]) == (26, None)


def test_flask_shows_nobody_another_accounts_order(
    flask_app: Any, flask_b2b: ExpressB2B, flask_ana: dict[str, str]
) -> None:
    placed = flask_client(flask_app, flask_ana).post("/orders", json=[{"sku": NAPKIN, "qty": 4}])
    other = flask_client(flask_app, stranger(flask_b2b))

    assert other.get(placed.location).status_code == 404
    assert other.post(f"{placed.location}/approve").status_code == 404
    assert flask_app.test_client().get(placed.location).status_code == 401


def test_in_flask_each_thread_has_its_own_connection(
    flask_app: Any, flask_b2b: ExpressB2B, flask_ana: dict[str, str]
) -> None:
    seen = watch_connections(flask_b2b)

    def place() -> int:
        client = flask_client(flask_app, flask_ana)
        return int(client.post("/orders", json=[{"sku": NAPKIN, "qty": 1}]).status_code)

    assert in_threads(place) == [201] * THREADS
    assert len(set(map(id, seen))) == THREADS
    assert flask_b2b.workspace().orders.list().total == THREADS


def test_in_django_one_orders_and_another_approves(
    django_shop: Any, django_ana: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    ana, ben = django_client(django_ana), django_client(colleague(django_shop.b2b, django_ana))

    placed = django_place(ana)
    at = f"/orders/{placed.json()['id']}/approve"
    own = ana.post(at)
    approved = ben.post(at)

    assert (placed.status_code, placed.json()["status"]) == (201, "pending_approval")
    assert (own.status_code, own.json()["code"]) == (403, "not_an_approver")
    assert approved.json()["status"] == "approved"
    assert f"pick order {placed.json()['number']}" in caplog.text
    assert ana.get("/orders").json()["orders"][0]["id"] == placed.json()["id"]


def test_django_names_the_fields_that_are_refused(
    django_shop: Any, django_ana: dict[str, str]
) -> None:
    refused = django_place(django_client(django_ana), sku="NONE")
    unreadable = django_client(django_ana).post("/orders", "{", content_type="application/json")

    assert refused.status_code == 422
    assert list(refused.json()["fields"]) == ["/items/0/sku"]
    assert unreadable.status_code == 400


def test_django_shows_nobody_another_accounts_order(
    django_shop: Any, django_ana: dict[str, str]
) -> None:
    placed = django_place(django_client(django_ana))
    other = django_client(stranger(django_shop.b2b))

    assert other.post(f"/orders/{placed.json()['id']}/approve").status_code == 404
    assert other.get("/orders").json() == {"orders": [], "total": 0}
    assert django_client().get("/orders").status_code == 401


def test_in_django_each_thread_has_its_own_connection(
    django_shop: Any, django_ana: dict[str, str]
) -> None:
    before = django_shop.shop.orders.list().total
    seen = watch_connections(django_shop.b2b)

    def place() -> int:
        return int(django_place(django_client(django_ana), qty=1).status_code)

    assert in_threads(place) == [201] * THREADS
    assert len(set(map(id, seen))) == THREADS
    assert django_shop.shop.orders.list().total == before + THREADS
