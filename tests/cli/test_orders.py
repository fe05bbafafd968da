"""`expressb2b orders`, `prices` and `events`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from expressb2b_core import ExpressB2B, Workspace
from tests import builders
from tests.builders import Customer
from tests.cli.conftest import Cli


@pytest.fixture
def buyer(shop: Workspace) -> Customer:
    """A customer with the tier volume_b, whose orders need one approval."""
    builders.napkin(shop)
    manager = {"name": "manager", "min_total": "0"}
    return builders.customer(shop, manager, pricing_tier="volume_b", external_id="K-1")


def test_the_list_can_be_filtered(cli: Cli, shop: Workspace, buyer: Customer) -> None:
    first, second = builders.order(shop, buyer), builders.order(shop, buyer, po_number="PO-7")
    shop.approvals.approve(first.id)

    def found(*filters: str) -> list[int]:
        return [row["number"] for row in cli("orders", "list", *filters, "--json").json["data"]]

    assert found() == [second.number, first.number]
    assert found("--status", "pending_approval") == [second.number]
    assert found("--status", "pending_approval,approved", "--sort", "created_at") == [
        first.number,
        second.number,
    ]
    assert found("--po-number", "PO-7") == [second.number]
    assert found("--account", "K-1") == [second.number, first.number]
    assert found("--site", buyer.site_id, "--to", "2001-01-01") == []


def test_an_order_is_called_by_its_number_too(cli: Cli, shop: Workspace, buyer: Customer) -> None:
    placed = builders.order(shop, buyer, po_number="1002")
    builders.order(shop, buyer)

    shown = cli("orders", "show", str(placed.number), "--json").json
    cli("orders", "approve", f"#{placed.number}")
    cli("orders", "fulfill", str(placed.number))

    assert shown["id"] == placed.id
    assert shop.orders.get(placed.id).status == "fulfilled"
    assert cli("orders", "show", "9999").code == 3


def test_number_of_another_workspace_is_absent(cli: Cli, shop: Workspace, buyer: Customer) -> None:
    number = str(builders.order(shop, buyer).number)
    cli("workspaces", "create", "stranger")

    assert cli("orders", "cancel", number, "--reason", "x", "--workspace", "stranger").code == 3


def test_the_list_goes_on_by_cursor_or_whole(cli: Cli, shop: Workspace, buyer: Customer) -> None:
    for _ in range(3):
        builders.order(shop, buyer)

    first = cli("orders", "list", "--per-page", "2", "--json").json
    cursor = first["meta"]["next_cursor"]
    rest = cli("orders", "list", "--per-page", "2", "--cursor", cursor, "--json").json
    whole = cli("orders", "list", "--per-page", "2", "--all", "--json").json

    assert (len(first["data"]), len(rest["data"])) == (2, 1)
    assert whole["data"] == first["data"] + rest["data"]
    assert whole["meta"]["total"] == 3
    assert f"2 of 3; more with --cursor {cursor}" in cli("orders", "list", "--per-page", "2").err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--status", "lost"], 2),
        (["--from", "yesterday"], 2),
        (["--from", "2026-03-16", "--to", "2026-03-14"], 2),
        (["--per-page", "101"], 2),
        (["--cursor", "nonsense"], 2),
        (["--site", "nonsense"], 2),
        (["--account", "nobody"], 3),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(cli: Cli, words: list[str], code: int) -> None:
    assert cli("orders", "list", *words).code == code


def test_one_order_is_shown_with_its_history(cli: Cli, shop: Workspace, buyer: Customer) -> None:
    order = builders.order(shop, buyer)

    shown = cli("orders", "show", order.id, "--json").json

    assert shown == shop.orders.get(order.id).to_dict()
    assert "approval_history:" in cli("orders", "show", order.id).out


def test_the_proof_of_the_prices_is_shown(cli: Cli, shop: Workspace, buyer: Customer) -> None:
    order = builders.order(shop, buyer)

    assert cli("orders", "show", order.id, "--pricing", "--json").json["order_id"] == order.id
    told = cli("orders", "show", order.id, "--pricing").out.splitlines()
    assert told[0] == f"line 1: 4 of {builders.NAPKIN} at 34.00 each"
    assert [line.split()[0] for line in told[1:-1]] == ["VERDICT", "won", "outranked"]


def test_an_order_is_approved_and_shipped_by_the_command_line(
    cli: Cli, shop: Workspace, buyer: Customer
) -> None:
    order = builders.order(shop, buyer)

    approved = cli("orders", "approve", order.id, "--comment", "fine")
    cli("orders", "fulfill", order.id, "--tracking", "1Z", "--external-id", "S-1")

    history = shop.orders.get(order.id).approval_history
    assert approved.out == f"Order {order.number} is approved now.\n"
    assert [entry["action"] for entry in history] == ["placed", "approved", "fulfilled"]
    assert history[1]["actor"] == {"type": "system", "id": None, "name": "command line"}
    assert history[2]["tracking"] == "1Z"


def test_a_contact_can_be_named_as_approver(cli: Cli, shop: Workspace, buyer: Customer) -> None:
    order, ana = builders.order(shop, buyer), builders.person(shop, buyer)

    changed = cli("orders", "approve", order.id, "--approver", ana, "--json").json

    assert changed["approval_history"][-1]["actor"]["name"] == "Ana"


def test_who_may_not_approve_is_not_authorised(cli: Cli, shop: Workspace, buyer: Customer) -> None:
    ana = builders.person(shop, buyer)
    order = builders.order(shop, buyer, placed_by=ana)

    ended = cli("orders", "approve", order.id, "--approver", ana, "--json")

    assert (ended.code, ended.error["code"]) == (5, "not_an_approver")


@pytest.mark.parametrize("action", ["reject", "cancel"])
def test_ending_an_order_needs_a_reason(
    cli: Cli, shop: Workspace, buyer: Customer, action: str
) -> None:
    order = builders.order(shop, buyer)

    assert cli("orders", action, order.id).code == 2
    changed = cli("orders", action, order.id, "--reason", "ordered twice", "--json").json
    assert changed["approval_history"][-1]["comment"] == "ordered twice"


def test_what_the_status_does_not_allow_is_refused(
    cli: Cli, shop: Workspace, buyer: Customer
) -> None:
    order = builders.order(shop, buyer)

    ended = cli("orders", "fulfill", order.id, "--json")

    assert (ended.code, ended.error["code"]) == (4, "invalid_transition")


@pytest.mark.parametrize("words", [["show"], ["approve"], ["cancel", "--reason", "x"]])
def test_an_order_of_another_workspace_is_not_found(
    cli: Cli, b2b: ExpressB2B, words: list[str]
) -> None:
    stranger = b2b.create_workspace("stranger")
    builders.napkin(stranger)
    theirs = builders.order(stranger, builders.customer(stranger))

    assert cli("orders", *words, theirs.id).code == 3


def test_orders_are_exported_line_by_line(cli: Cli, shop: Workspace, buyer: Customer) -> None:
    order = builders.order(shop, buyer)

    ended = cli("orders", "export", "--account", "K-1")

    (row,) = csv.DictReader(io.StringIO(ended.out))
    assert (row["number"], row["line_total"]) == (str(order.number), "136.00")
    assert "1 orders" in ended.err


def test_orders_are_exported_as_json_lines_to_a_file(
    cli: Cli, shop: Workspace, buyer: Customer, tmp_path: Path
) -> None:
    for _ in range(2):
        builders.order(shop, buyer)
    target = tmp_path / "orders.jsonl"

    ended = cli("orders", "export", "--format", "jsonl", "--output", str(target))

    numbers = [json.loads(line)["number"] for line in target.read_text().splitlines()]
    assert numbers == [1002, 1001]
    assert ended.out == ""


def test_orders_are_exported_as_one_json_document(
    cli: Cli, shop: Workspace, buyer: Customer
) -> None:
    nothing = cli("orders", "export", "--json").json
    placed = [builders.order(shop, buyer).id for _ in range(2)]

    told = cli("orders", "export", "--json", "--sort", "created_at").json

    assert nothing == {"data": [], "meta": {"total": 0}}
    assert [order["id"] for order in told["data"]] == placed
    assert told["meta"] == {"total": 2}


def test_json_tells_which_file_was_written(cli: Cli, tmp_path: Path) -> None:
    target = str(tmp_path / "catalog.csv")

    ended = cli("products", "export", "--output", target, "--json")

    assert ended.json == {"file": target, "format": "csv", "total": 0}
    assert ended.err == ""


def test_a_file_that_cannot_be_written_is_named(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "missing" / "orders.csv"

    ended = cli("orders", "export", "--output", str(target))

    assert ended.code == 1
    assert f"Error: {target}: No such file or directory." in ended.err


def test_a_price_is_explained(cli: Cli, buyer: Customer) -> None:
    words = ["prices", "explain", builders.NAPKIN, "--account", "K-1", "--qty", "3"]

    answer = cli(*words, "--json").json
    told = cli(*words).out

    assert (answer["unit_price"], answer["line_total"]) == ("34.00", "102.00")
    assert [one["verdict"] for one in answer["candidates"]] == ["won", "outranked"]
    assert "34.00 each, 102.00 in all" in told
    assert "outranked  base" in told


def test_a_price_of_the_past_is_the_one_of_then(cli: Cli, buyer: Customer) -> None:
    ended = cli(
        "prices", "explain", builders.NAPKIN, "--account", "K-1", "--at", "2020-01-01T00:00:00Z"
    )

    assert "No price applies" in ended.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["NOTHING", "--account", "K-1"], 3),
        ([builders.NAPKIN, "--account", "nobody"], 3),
        ([builders.NAPKIN, "--account", builders.NOBODY], 4),
        ([builders.NAPKIN, "--account", "K-1", "--qty", "0"], 2),
        ([builders.NAPKIN, "--account", "K-1", "--at", "2026-03-15"], 2),
        ([builders.NAPKIN], 2),
    ],
)
def test_a_price_that_cannot_be_explained(
    cli: Cli, buyer: Customer, words: list[str], code: int
) -> None:
    assert cli("prices", "explain", *words).code == code


def test_events_are_listed_in_order(cli: Cli, shop: Workspace, buyer: Customer) -> None:
    shop.approvals.approve(builders.order(shop, buyer).id)

    page = cli("events", "list", "--per-page", "1", "--json").json
    rest = cli("events", "list", "--after", "1", "--type", "order.approved", "--json").json

    assert [event["event"] for event in page["data"]] == ["order.placed"]
    assert page["meta"] == {"next_after": 1}
    assert [event["seq"] for event in rest["data"]] == [2]
    assert "more with --after 1" in cli("events", "list", "--per-page", "1").err
