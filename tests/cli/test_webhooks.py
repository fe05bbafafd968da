"""`expressb2b webhooks`: endpoints, deliveries, and the check of a signature."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.rules import signing
from tests import builders
from tests.cli.conftest import Cli

HOOK = "https://203.0.114.7/hook"
"""A public address: it is never called, and looking it up needs no network."""


@pytest.fixture
def endpoint(cli: Cli) -> str:
    return str(cli("webhooks", "create", HOOK, "--json").json["id"])


def test_an_endpoint_is_registered_with_a_secret(cli: Cli) -> None:
    made = cli(
        "webhooks", "create", HOOK, "--event", "order.placed", "--event", "order.approved",
        "--description", "ERP", "--version", "2026-03", "--json",
    ).json  # fmt: skip

    assert made["secret"].startswith("whsec_")
    assert (made["events"], made["description"]) == (["order.placed", "order.approved"], "ERP")


def test_all_events_are_sent_if_none_is_named(cli: Cli, endpoint: str) -> None:
    assert cli("webhooks", "show", endpoint, "--json").json["events"] == ["*"]


@pytest.mark.parametrize("url", ["http://203.0.114.7/", "https://127.0.0.1/", "https://[::1]/"])
def test_an_address_that_may_not_be_called_is_refused_by_a_rule(cli: Cli, url: str) -> None:
    ended = cli("webhooks", "create", url, "--json")

    assert ended.code == 4
    assert ended.error["errors"][0]["code"] == "webhook_url_not_allowed"


def test_networks_that_the_operator_allows_may_be_called(cli: Cli) -> None:
    ended = cli(
        "webhooks", "create", "http://127.0.0.1:9/hook",
        EXPRESSB2B_WEBHOOK_ALLOW_NETS="127.0.0.0/8",
    )  # fmt: skip

    assert ended.code == 0
    assert "not shown again" in ended.err


def test_only_creating_and_rotating_show_a_secret(cli: Cli, endpoint: str) -> None:
    assert "secret" not in cli("webhooks", "show", endpoint, "--json").json
    assert "whsec_" not in cli("webhooks", "list", "--json").out

    rotated = cli("webhooks", "rotate-secret", endpoint, "--json").json

    assert rotated["secret"].startswith("whsec_")
    assert rotated["old_secret_until"] is not None


def test_what_is_not_given_stays(cli: Cli, endpoint: str) -> None:
    changed = cli(
        "webhooks", "update", endpoint, "--disable", "--description", "off", "--json"
    ).json
    again = cli(
        "webhooks", "update", endpoint, "--enable", "--event", "order.placed",
        "--url", HOOK + "2", "--description", "", "--json",
    ).json  # fmt: skip

    assert (changed["status"], changed["url"], changed["description"]) == ("disabled", HOOK, "off")
    assert (again["status"], again["url"], again["description"]) == ("enabled", HOOK + "2", None)
    assert again["events"] == ["order.placed"]


def test_a_removed_endpoint_is_gone(cli: Cli, endpoint: str) -> None:
    assert cli("webhooks", "delete", endpoint, "--json").json == {"id": endpoint, "deleted": True}
    assert cli("webhooks", "delete", endpoint).code == 3


def test_a_delivery_is_seen_and_repeated(cli: Cli, endpoint: str) -> None:
    delivery = cli("webhooks", "test", endpoint, "--json").json

    listed = cli("webhooks", "deliveries", endpoint, "--status", "pending", "--json").json
    shown = cli("webhooks", "deliveries", "--delivery", delivery["id"], "--json").json
    again = cli("webhooks", "redeliver", delivery["id"], "--json").json

    assert [row["id"] for row in listed["data"]] == [delivery["id"]]
    assert shown["attempts"] == []
    assert again["status"] == "pending"
    assert (
        cli("webhooks", "deliveries", endpoint, "--status", "failed", "--json").json["data"] == []
    )


def test_deliveries_are_those_of_an_endpoint_or_one(cli: Cli, endpoint: str) -> None:
    assert cli("webhooks", "deliveries").code == 2
    assert cli("webhooks", "deliveries", endpoint, "--delivery", builders.NOBODY).code == 2


def test_a_period_is_replayed(cli: Cli, shop: Workspace, endpoint: str) -> None:
    builders.napkin(shop)
    builders.order(shop, builders.customer(shop))
    late = cli("webhooks", "create", HOOK, "--json").json["id"]

    queued = cli("webhooks", "replay", late, "--since", "2020-01-01", "--json").json
    none = cli(
        "webhooks", "replay", late, "--since", "2020-01-01", "--until", "2020-12-31",
        "--failed-only",
    )  # fmt: skip

    assert queued == {"queued": 2}
    assert none.out == "0 deliveries queued.\n"


def test_a_disabled_endpoint_cannot_be_tested(cli: Cli, endpoint: str) -> None:
    cli("webhooks", "update", endpoint, "--disable")

    assert cli("webhooks", "test", endpoint).code == 4


@pytest.mark.parametrize(
    "words",
    [
        ["show"],
        ["update", "--enable"],
        ["delete"],
        ["rotate-secret"],
        ["test"],
        ["deliveries"],
        ["replay", "--since", "2020-01-01"],
    ],
)
def test_an_endpoint_of_another_workspace_is_not_found(
    cli: Cli, b2b: ExpressB2B, words: list[str]
) -> None:
    stranger = b2b.create_workspace("stranger")
    theirs = stranger.webhooks.register(url=HOOK, events=["*"])

    assert cli("webhooks", *words, theirs.id).code == 3


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"event": "order.placed", "name": "Chicago \xe2\x80\x94 Loop"}'
SIGNED_AT = 1_773_585_128
AT = "2026-03-15T14:32:08Z"


@pytest.fixture
def received(tmp_path: Path) -> list[str]:
    """The options that name the files of a genuine request."""
    headers = signing.sign([SECRET], "wh_1", BODY, SIGNED_AT)
    lines = ["POST /hook HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    (tmp_path / "headers").write_text("\r\n".join(lines))
    (tmp_path / "body").write_bytes(BODY)
    return ["--headers", str(tmp_path / "headers"), "--body", str(tmp_path / "body")]


def test_a_genuine_request_is_recognised(cli: Cli, received: list[str], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    words = ["webhooks", "verify", *received, "--at", AT]

    assert cli(*words, EXPRESSB2B_WEBHOOK_SECRET=SECRET).out == "Genuine.\n"
    assert cli(*words, "--secret-file", "-", "--json", stdin=SECRET).json == {"genuine": True}
    assert cli(*words, "--secret-file", str(tmp_path / "secret")).code == 0


def test_headers_may_be_json(cli: Cli, received: list[str], tmp_path: Path) -> None:
    headers = signing.sign([SECRET], "wh_1", BODY, SIGNED_AT)
    (tmp_path / "headers").write_text(json.dumps(headers))

    ended = cli("webhooks", "verify", *received, "--at", AT, EXPRESSB2B_WEBHOOK_SECRET=SECRET)

    assert ended.code == 0


def test_a_changed_body_is_refused(cli: Cli, received: list[str], tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BODY + b" ")

    ended = cli(
        "webhooks", "verify", *received, "--at", AT, "--json", EXPRESSB2B_WEBHOOK_SECRET=SECRET
    )

    assert (ended.code, ended.error["code"]) == (4, "no_match")


def test_an_old_request_is_refused_unless_that_is_tolerated(cli: Cli, received: list[str]) -> None:
    words = ["webhooks", "verify", *received, "--at", "2026-03-15T15:32:08Z"]

    assert cli(*words, EXPRESSB2B_WEBHOOK_SECRET=SECRET).code == 4
    assert cli(*words, "--tolerance", "7200", EXPRESSB2B_WEBHOOK_SECRET=SECRET).code == 0


def test_without_a_terminal_nobody_is_asked_for_the_secret(cli: Cli, received: list[str]) -> None:
    ended = cli("webhooks", "verify", *received)

    assert ended.code == 2
    assert "EXPRESSB2B_WEBHOOK_SECRET" in ended.err


@pytest.mark.parametrize(
    ("headers", "secret", "code"),
    [
        ("[]", SECRET, 2),
        ("no header", SECRET, 4),
        ("webhook-id: x\nwebhook-timestamp: 1\nwebhook-signature: v1,x", "whsec_%", 2),
    ],
)
def test_what_cannot_be_verified_is_told(
    cli: Cli, received: list[str], tmp_path: Path, headers: str, secret: str, code: int
) -> None:
    (tmp_path / "headers").write_text(headers)

    ended = cli("webhooks", "verify", *received, "--at", AT, EXPRESSB2B_WEBHOOK_SECRET=secret)

    assert ended.code == code
