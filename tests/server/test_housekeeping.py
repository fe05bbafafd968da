from __future__ import annotations

import logging
import threading

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.services.idempotency import KEPT_SECONDS
from expressb2b_server import housekeeping
from expressb2b_server.app import Application, create_app
from expressb2b_server.housekeeping import Housekeeping
from tests.client import Client
from tests.clocks import FakeClock


def kept_replies(b2b: ExpressB2B) -> int:
    return int(b2b.runtime.database.run_sql("SELECT COUNT(*) FROM idempotent_replies")[0][0])


def test_a_turn_writes_which_keys_were_used(
    app: Application, client: Client, shop: Workspace
) -> None:
    client.get("/api/orders")

    Housekeeping(app).turn()

    assert shop.keys.get("ERP").last_used_at is not None


def test_old_replies_are_forgotten_once_an_hour(
    app: Application, client: Client, b2b: ExpressB2B, clock: FakeClock
) -> None:
    keeper = Housekeeping(app)
    keeper.turn()
    client.post("/api/products", {"sku": "A", "name": "A"}, headers={"Idempotency-Key": "k"})
    clock.advance(KEPT_SECONDS)
    keeper.turn()
    assert kept_replies(b2b) == 0

    client.post("/api/products", {"sku": "A", "name": "A"}, headers={"Idempotency-Key": "k"})
    clock.advance(housekeeping.PRUNE_SECONDS - 1)
    keeper.turn()
    assert kept_replies(b2b) == 1


def test_what_was_counted_survives_a_restart(
    app: Application, client: Client, b2b: ExpressB2B, shop: Workspace
) -> None:
    client.get("/api/orders")
    keeper = Housekeeping(app)
    keeper.start()
    keeper.stop()

    restarted = create_app(b2b)
    again = Housekeeping(restarted)
    again.start()
    answer = Client(restarted, client.key).get("/api/orders")
    again.stop()

    assert answer.headers["x-ratelimit-remaining"] == "118"
    assert shop.keys.get("ERP").last_used_at is not None


def test_after_a_stop_no_thread_is_left(app: Application) -> None:
    keeper = Housekeeping(app)
    keeper.start()

    keeper.stop()

    assert not any(thread.name == "housekeeping" for thread in threading.enumerate())


@pytest.mark.parametrize(
    ("error", "level"),
    [(StorageUnavailable("busy"), logging.WARNING), (RuntimeError("a fault"), logging.ERROR)],
)
def test_what_fails_is_logged_and_the_rest_is_done(
    app: Application,
    b2b: ExpressB2B,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    level: int,
) -> None:
    pruned = []

    def fail(**_: object) -> int:
        raise error

    monkeypatch.setattr(app.key_uses, "flush_uses", fail)
    monkeypatch.setattr(housekeeping.idempotency, "prune", lambda *_: pruned.append(1) or 0)

    Housekeeping(app).turn()

    assert [record.levelno for record in caplog.records] == [level]
    assert pruned
