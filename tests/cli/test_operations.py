"""`backup`, `doctor`, `trigger`, `demo`, `openapi` and `serve`: a day's operation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from expressb2b_cli.commands import demo, serve
from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.rules.order_states import EVENTS
from expressb2b_core.services import audit
from expressb2b_server.demo import DemoSummary
from expressb2b_server.server_lock import only_server
from tests import builders
from tests.cli.conftest import Cli


def test_a_backup_is_made_verified_and_restored(cli: Cli, shop: Workspace, tmp_path: Path) -> None:
    builders.napkin(shop)
    file = str(tmp_path / "shop.tar")
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere' / 'shop.db'}"

    made = cli("backup", "create", file, "--json").json
    verified = cli("backup", "verify", file, "--json").json
    restored = cli("backup", "restore", file, "--database", elsewhere, "--json").json

    assert (made["file"], made["has_secret"]) == (file, True)
    assert (verified["sound"], verified["checksums"]) == (True, made["checksums"])
    assert restored["moved_aside"] == []
    found = cli("products", "list", "--database", elsewhere, "--json").json
    assert found["meta"]["total"] == 1
    with ExpressB2B(elsewhere) as there:
        entry = next(iter(audit.entries(there.workspace().scope)))
    assert (entry.action, entry.details["file"]) == ("backup.restored", "shop.tar")


def test_a_backup_goes_beside_the_database_when_no_file_is_named(cli: Cli, tmp_path: Path) -> None:
    made = cli("backup", "create", "--json").json

    assert Path(made["file"]).parent == tmp_path / "backups"


def test_restoring_overwrites_nothing_unless_told(cli: Cli, tmp_path: Path) -> None:
    file = str(tmp_path / "shop.tar")
    cli("backup", "create", file)

    assert cli("backup", "create", file).code == 4
    assert cli("backup", "restore", file).code == 4
    forced = cli("backup", "restore", file, "--force", "--json").json
    assert all(Path(moved).exists() for moved in forced["moved_aside"])


def test_nothing_is_restored_under_a_running_server(
    cli: Cli, database: str, tmp_path: Path
) -> None:
    file = str(tmp_path / "shop.tar")
    cli("backup", "create", file)

    with only_server(database) as lock:
        lock.name_holder("http://127.0.0.1:8000")
        ended = cli("backup", "restore", file, "--force", "--json")

    assert (ended.code, ended.error["code"]) == (1, "database_in_use")
    assert "http://127.0.0.1:8000" in ended.error["detail"]


def test_nothing_is_restored_while_a_program_has_the_database_open(
    cli: Cli, shop: Workspace, tmp_path: Path
) -> None:
    shop.products.list()
    file = str(tmp_path / "shop.tar")
    cli("backup", "create", file)

    assert cli("backup", "restore", file, "--force").code == 1


def test_a_damaged_backup_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.tar").write_bytes(b"bad")

    ended = cli("backup", "verify", str(tmp_path / "bad.tar"), "--json")

    assert (ended.code, ended.error["code"]) == (1, "damaged_backup")


def test_a_backup_is_restored_to_a_file_only(cli: Cli, tmp_path: Path) -> None:
    file = str(tmp_path / "shop.tar")
    cli("backup", "create", file)

    ended = cli("backup", "restore", file, "--database", "sqlite:///:memory:")

    assert ended.code == 2


def test_a_secret_that_is_given_from_outside_is_not_in_the_backup(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "shop.db.secret").unlink()

    ended = cli("backup", "create", EXPRESSB2B_SECRET="sixteen letters at least")

    assert "The secret is not in it" in ended.err


def test_a_sound_house_has_no_findings(cli: Cli, shop: Workspace) -> None:
    builders.napkin(shop)
    builders.order(shop, builders.customer(shop))

    ended = cli("doctor")
    told = cli("doctor", "--json").json

    assert ended.code == 0
    assert ended.out.count("✓") == len(told["checks"]) == 11
    assert told["ok"] is True


def test_a_finding_is_told_with_its_remedy_and_ends_with_1(
    cli: Cli, b2b: ExpressB2B, shop: Workspace
) -> None:
    builders.napkin(shop)
    b2b.runtime.database.write(
        lambda: b2b.runtime.database.run_sql("UPDATE products SET reserved = 7")
    )

    told = cli("doctor", "--json")
    ended = cli("doctor")

    assert (ended.code, told.code) == (1, 1)
    assert "✗ Reserved stock is what open orders hold" in ended.out
    assert "→ Run `expressb2b doctor --fix`" in ended.out
    wrong = [check for check in told.json["checks"] if check["state"] != "ok"]
    assert [(check["name"], len(check["findings"])) for check in wrong] == [("stock", 1)]


def test_what_is_safe_to_fix_is_fixed(cli: Cli, b2b: ExpressB2B, shop: Workspace) -> None:
    builders.napkin(shop)
    b2b.runtime.database.write(
        lambda: b2b.runtime.database.run_sql("UPDATE products SET reserved = 7")
    )

    ended = cli("doctor", "--fix")

    assert ended.code == 0
    assert "(1 put right)" in ended.out
    assert shop.products.get(builders.NAPKIN).inventory["reserved"] == 0


def test_settings_that_cannot_be_used_are_a_finding(cli: Cli) -> None:
    ended = cli("doctor", EXPRESSB2B_PORT="many")

    assert ended.code == 1
    assert "EXPRESSB2B_PORT" in ended.out


def test_a_misspelled_setting_is_told_and_stops_no_check(cli: Cli) -> None:
    told = cli("doctor", "--json", EXPRESSB2B_PROT="80").json
    checked = cli("config", "check", "--json", EXPRESSB2B_PROT="80")

    first, *others = told["checks"]
    assert (first["state"], told["ok"], bool(others)) == ("warning", True, True)
    assert "did you mean EXPRESSB2B_PORT?" in first["findings"][0]["detail"]
    assert (checked.code, checked.error["code"]) == (1, "unknown_setting")


def test_a_newer_schema_is_a_finding_and_nothing_else_is_tried(cli: Cli, b2b: ExpressB2B) -> None:
    database = b2b.runtime.database
    database.write(lambda: database.run_sql("UPDATE schema_version SET version = 99"))

    told = cli("doctor", "--json").json

    assert [check["name"] for check in told["checks"]] == ["settings", "schema"]
    assert told["ok"] is False


@pytest.mark.parametrize("event", EVENTS)
def test_a_sample_event_really_happens_in_the_sandbox(
    cli: Cli, b2b: ExpressB2B, event: str
) -> None:
    told = cli("trigger", event, "--json").json

    happened = [one.event for one in b2b.workspace("sandbox").events.iterate()]
    assert told["workspace"] == "sandbox"
    assert [one["event"] for one in told["events"]] == happened
    assert (happened[0], happened[-1]) == ("order.placed", event)


def test_a_second_sample_takes_what_the_first_one_made(cli: Cli, b2b: ExpressB2B) -> None:
    cli("trigger", "order.placed")
    cli("trigger", "order.placed")

    sandbox = b2b.workspace("sandbox")
    assert (sandbox.accounts.list().total, sandbox.orders.list().total) == (1, 2)


def test_no_sample_is_placed_among_real_orders_unless_told(cli: Cli, shop: Workspace) -> None:
    refused = cli("trigger", "order.placed", "--workspace", "default", "--json")
    placed = cli("trigger", "order.placed", "--workspace", "default", "--yes", "--json")

    assert (refused.code, refused.error["code"]) == (4, "not_a_sandbox")
    assert placed.json["events"][0]["seq"] == 1
    assert shop.orders.list().total == 1


def test_a_sample_in_a_workspace_that_does_not_exist_is_not_placed(cli: Cli) -> None:
    assert cli("trigger", "order.placed", "--workspace", "nowhere", "--yes").code == 3


def test_demo_data_are_loaded_into_the_named_workspace(
    cli: Cli, b2b: ExpressB2B, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def load(b2b: ExpressB2B, *, workspace: str, progress: object) -> DemoSummary:
        asked.append(workspace)
        return DemoSummary(workspace, 1, 2, 3, 4, 5, 6, {"approved": 6}, builders.NOBODY)

    monkeypatch.setattr(demo, "load_demo", load)

    assert cli("demo", "load", "--json").json["orders"] == 6
    b2b.create_workspace("sandbox")
    cli("demo", "load", "--workspace", "sandbox")
    assert asked == ["default", "sandbox"]
    (entry,) = audit.entries(b2b.workspace("default").scope)
    assert (entry.action, entry.door, entry.details["orders"]) == ("demo.loaded", "command", 6)


def test_demo_data_do_not_go_where_something_is(cli: Cli, shop: Workspace) -> None:
    builders.napkin(shop)

    assert cli("demo", "load").code == 4


def test_the_openapi_document_is_printed(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "openapi.json"

    printed = json.loads(cli("openapi").out)
    cli("openapi", "--output", str(target))

    assert printed["openapi"].startswith("3.1")
    assert json.loads(target.read_text()) == printed


@pytest.mark.parametrize(
    "words", [["serve", "--database", "sqlite:///x.db"], ["--database", "sqlite:///x.db", "serve"]]
)
def test_serve_hands_its_flags_to_the_server(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(serve, "run", given.update)

    cli(*words, "--port", "9000")

    assert (given["database"], given["port"]) == ("sqlite:///x.db", "9000")
    assert given["host"] is None


def test_pruning_forgets_old_deliveries_and_keeps_events(cli: Cli, b2b: ExpressB2B) -> None:
    shop = b2b.workspace()
    builders.napkin(shop)
    shop.webhooks.register(url="https://93.184.216.34/", events=["*"])
    builders.order(shop, builders.customer(shop))
    b2b.runtime.database.run_sql("UPDATE deliveries SET status = 'succeeded', finished_at = 1")

    pruned = cli("db", "prune", "--json").json

    assert pruned == {"deliveries": 2, "idempotent_replies": 0}
    assert len(list(shop.events.iterate())) == 2
    assert cli("db", "prune", "--json").json == {"deliveries": 0, "idempotent_replies": 0}
    (entry,) = audit.entries(shop.scope, subject_type="database")
    assert (entry.action, entry.door, entry.details) == ("database.pruned", "command", pruned)


@pytest.mark.parametrize(
    "words",
    [
        ["db", "copy", "--to", "mysql://shop@db/shop"],
        ["db", "status", "--database", "mysql://shop@db/shop"],
        ["listen", "--forward-to", "http://127.0.0.1:1/", "--api", "localhost:8000"],
        ["listen", "--forward-to", "http://127.0.0.1:1/", "--api", "http://[::1"],
    ],
)
def test_an_address_of_no_known_form_is_a_mistake_in_the_command(
    cli: Cli, words: list[str]
) -> None:
    assert cli(*words).code == 2
