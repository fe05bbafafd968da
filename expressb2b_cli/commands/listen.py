"""`expressb2b listen`: events of a server, forwarded to a program on this machine."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import click

from expressb2b_cli import output
from expressb2b_cli.exit_codes import ExitCode, Failure
from expressb2b_cli.feed import Event, Feed, TryAgain
from expressb2b_cli.forwarding import Forwarder
from expressb2b_cli.groups import Command
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.option_types import http_url
from expressb2b_cli.secret_input import read_secret
from expressb2b_core.rules import key_format
from expressb2b_core.rules.order_states import EVENTS
from expressb2b_core.runtime import random_bytes
from expressb2b_server.delivery import Outcome

POLL_SECONDS = 1.0
"""Half of what a key's usual limit of 120 reads a minute allows."""

_SECRET_VARIABLE = "EXPRESSB2B_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
_KEY_VARIABLE = "EXPRESSB2B_API_KEY"
_SHOWN_RESPONSE = 200


@click.command(
    "listen",
    cls=Command,
    shared=("as_json",),
    examples=(
        "EXPRESSB2B_API_KEY=eb2b_… expressb2b listen --forward-to http://localhost:3000/hook",
        "expressb2b listen --forward-to http://localhost:3000/hook --key-file key.txt --after 0",
        "expressb2b listen --forward-to http://localhost:3000/hook --event order.approved --json",
    ),
)
@click.option("--forward-to", "target", required=True, metavar="URL", help="Where to send them.")
@click.option(
    "--api",
    default="http://127.0.0.1:8000",
    show_default=True,
    type=http_url,
    metavar="URL",
    help="Where the server is.",
)
@click.option("--key-file", metavar="FILE", help="Holds the API key; - is standard input.")
@click.option(
    "--event",
    "types",
    multiple=True,
    type=click.Choice(EVENTS),
    metavar="EVENT",
    help="Only these, such as order.placed. Repeat it.",
)
@click.option(
    "--after", type=click.IntRange(min=0), help="Begin behind this `seq`; else with what is new."
)
@click.option("--count", type=click.IntRange(min=1), help="End after so many events.")
@pass_invocation
def command(
    invocation: Invocation,
    target: str,
    api: str,
    key_file: str | None,
    types: Sequence[str],
    after: int | None,
    count: int | None,
) -> None:
    """Forward events to a program on this machine, signed as webhooks are, until Ctrl-C.

    It follows /api/events with a key (from --key-file, EXPRESSB2B_API_KEY, or a prompt), posts
    each event once, and prints what the program answered. The signing secret is
    EXPRESSB2B_WEBHOOK_SECRET, or a new one that is printed at the start.
    """
    feed = Feed(api, _key(key_file), types)
    known = os.environ.get(_SECRET_VARIABLE)
    secret = known or _new_secret()
    with closing(Forwarder(target, secret)) as forwarder:
        problem = forwarder.problem()
        if problem is not None:
            raise Failure(ExitCode.USAGE, "usage", f"--forward-to {target}: {problem}")
        start = _first_position(feed, api, after)
        told = f"the secret of {_SECRET_VARIABLE}" if known else secret
        output.announce(f"Forwarding to {target}, signed with {told}. Stop it with Ctrl-C.")
        try:
            _forward(invocation, forwarder, _events(feed, start, time.sleep), count)
        except KeyboardInterrupt:
            output.note("Stopped.")


def _key(key_file: str | None) -> str:
    key = read_secret("API key", "--key-file", key_file, _KEY_VARIABLE)
    if key_format.parse(key) is None:
        detail = "This is no API key: one begins with eb2b_, and has been copied whole."
        raise Failure(ExitCode.NOT_AUTHORISED, "unauthorized", detail)
    return key


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(random_bytes(32)).decode()


def _first_position(feed: Feed, api: str, after: int | None) -> int:
    try:
        if after is None:
            return feed.newest()
        feed.read(after, per_page=1)
    except TryAgain as error:
        detail = f"The server {api} is not available: {error}."
        raise Failure(ExitCode.UNREACHABLE, "unreachable", detail) from error
    return after


def _events(feed: Feed, after: int, sleep: Callable[[float], None]) -> Iterator[tuple[Event, str]]:
    """Every event behind `after`, as they come, with the version it is in."""
    while True:
        try:
            page = feed.read(after)
        except TryAgain as error:
            output.note(f"The server is not available: {error}; trying again.")
            sleep(error.seconds)
            continue
        for event in page.events:
            yield event, page.version
        after = page.next_after
        if not page.events:
            sleep(POLL_SECONDS)


def _forward(
    invocation: Invocation,
    forwarder: Forwarder,
    events: Iterator[tuple[Event, str]],
    count: int | None,
) -> None:
    for number, (event, version) in enumerate(events, start=1):
        outcome = forwarder.forward(event, version)
        if invocation.as_json:
            output.print_json(_told(event, outcome))
        else:
            click.echo(_line(event, outcome))
        if number == count:
            return


def _told(event: Event, outcome: Outcome) -> output.Fields:
    return {
        "seq": event["seq"],
        "event": event["event"],
        "id": event["id"],
        "ok": outcome.ok,
        "status": outcome.status,
        "duration_ms": outcome.duration_ms,
        "error": outcome.error,
        "response": outcome.response,
    }


def _line(event: Event, outcome: Outcome) -> str:
    answer = outcome.error if outcome.status is None else str(outcome.status)
    order = event["data"]["order"]["number"]
    line = f"{event['created_at']}  {event['event']}  order {order}  → {answer}"
    line += f" in {outcome.duration_ms} ms"
    if outcome.ok or not outcome.response:
        return line
    return f"{line}: {output.printable(outcome.response[:_SHOWN_RESPONSE])}"
