"""`expressb2b listen`: events go to a local program, signed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from itertools import islice

import pytest

from expressb2b_cli.commands import listen
from expressb2b_cli.feed import EventPage, TryAgain
from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.rules import signing
from expressb2b_core.runtime import SystemClock
from expressb2b_server.app import create_app
from expressb2b_server.serving import Serving
from expressb2b_server.serving import listen as serve
from tests import builders
from tests.cli.conftest import Cli
from tests.receivers import Receiver, Reply

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def api(b2b: ExpressB2B) -> Iterator[str]:
    """The address of a server on the database."""
    server = serve(create_app(b2b), Serving(port=0))
    thread = threading.Thread(target=server.run_until_stopped)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.stop()
    thread.join()
    server.close()


@pytest.fixture
def key(shop: Workspace) -> str:
    """A key, in a workspace where two events have happened."""
    builders.napkin(shop)
    builders.order(shop, builders.customer(shop))
    return str(shop.keys.create("laptop", scopes=["orders:read"]).key)


def test_events_are_forwarded_signed_and_in_order(
    cli: Cli, shop: Workspace, api: str, key: str
) -> None:
    with Receiver(Reply(200, b"thanks")) as receiver:
        ended = cli(
            "listen", "--api", api, "--forward-to", receiver.url, "--after", "0", "--count", "2",
            EXPRESSB2B_API_KEY=key, EXPRESSB2B_WEBHOOK_SECRET=SECRET,
        )  # fmt: skip
        received = receiver.wait_for(2)

    assert ended.code == 0
    assert SECRET not in ended.err
    assert [line.split("  ")[1] for line in ended.out.splitlines()] == [
        "order.placed",
        "order.approved",
    ]
    for request, event in zip(received, shop.events.iterate(), strict=True):
        assert request.body == shop.events.raw(event.id)
        assert request.headers["x-expressb2b-event"] == event.event
        assert request.headers["x-expressb2b-version"] == "2026-03"
        signing.verify_webhook(SECRET, request.headers, request.body, SystemClock().now())


def test_what_the_program_answers_is_told(cli: Cli, api: str, key: str) -> None:
    words = ["listen", "--api", api, "--after", "1", "--count", "1", "--event", "order.approved"]
    with Receiver(Reply(500, b"broken\x1b[31m")) as receiver:
        told = cli(*words, "--forward-to", receiver.url, EXPRESSB2B_API_KEY=key)
        as_json = cli(*words, "--forward-to", receiver.url, "--json", EXPRESSB2B_API_KEY=key)

    assert "→ 500 in " in told.out
    assert told.out.endswith("ms: broken [31m\n")
    answer = json.loads(as_json.out)
    assert (answer["seq"], answer["ok"], answer["status"]) == (2, False, 500)
    assert "whsec_" in as_json.err


def test_a_key_that_was_revoked_is_not_authorised(
    cli: Cli, shop: Workspace, api: str, key: str
) -> None:
    shop.keys.revoke("laptop")

    ended = cli(
        "listen", "--api", api, "--forward-to", "http://127.0.0.1:9", EXPRESSB2B_API_KEY=key
    )

    assert ended.code == 5


def test_a_server_that_is_not_there_is_unreachable(cli: Cli, key: str) -> None:
    ended = cli(
        "listen", "--api", "http://127.0.0.1:9", "--forward-to", "http://127.0.0.1:9", "--json",
        EXPRESSB2B_API_KEY=key,
    )  # fmt: skip

    assert (ended.code, ended.error["code"]) == (6, "unreachable")


@pytest.mark.parametrize(
    ("target", "variables", "code"),
    [
        ("http://127.0.0.1:9", {}, 2),
        ("http://127.0.0.1:9", {"EXPRESSB2B_API_KEY": "no key"}, 5),
        ("127.0.0.1:9", None, 2),
    ],
)
def test_what_cannot_begin_is_refused(
    cli: Cli, key: str, target: str, variables: dict[str, str] | None, code: int
) -> None:
    given = {"EXPRESSB2B_API_KEY": key} if variables is None else variables

    assert cli("listen", "--forward-to", target, **given).code == code


class ShakyFeed:
    """Is away first, then has an event, then none, then another."""

    def __init__(self) -> None:
        self.answers: list[Exception | EventPage] = [
            TryAgain(7, "it is away"),
            EventPage([{"seq": 1}], 1, "v"),
            EventPage([], 1, "v"),
            EventPage([{"seq": 2}], 2, "v"),
        ]
        self.asked: list[int] = []

    def read(self, after: int) -> EventPage:
        self.asked.append(after)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_nothing_is_missed_while_the_server_is_away() -> None:
    feed, slept = ShakyFeed(), []

    found = list(islice(listen._events(feed, 0, slept.append), 2))  # type: ignore[arg-type]

    assert [event["seq"] for event, _ in found] == [1, 2]
    assert feed.asked == [0, 0, 1, 1]
    assert slept == [7, listen.POLL_SECONDS]
