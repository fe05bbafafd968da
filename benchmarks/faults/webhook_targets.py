"""B8: addresses that webhooks must never reach, in every spelling; canaries there hear nothing.

What has to be refused is told in `target_spellings`, who notices in `canaries`.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from unittest import mock

from benchmarks.faults.canaries import ALLOWED_HOST, CANARY_HOSTS, Wire, canaries, resolving
from benchmarks.faults.findings import Finding
from benchmarks.faults.target_spellings import (
    LOOPBACK,
    METADATA,
    PUBLIC,
    SYSTEM_NAMES,
    refused_addresses,
    spelled_urls,
    urls_of,
)
from benchmarks.shops import throwaway_shop
from expressb2b_core import ExpressB2B
from expressb2b_core.errors import ValidationFailed
from expressb2b_core.rules.webhook_urls import parse_allow_nets
from expressb2b_server.delivery import DeliveryPool, Sender
from expressb2b_server.delivery.resolver import CACHE_SECONDS
from tests.receivers import Receiver, Reply, wait_until

LIMIT_SECONDS = 60
ALLOWED = parse_allow_nets(f"{ALLOWED_HOST}/32")
REFUSED = ("url_not_allowed", "name_not_resolved")
REDIRECTS = (300, 301, 302, 303, 305, 307, 308)
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")

_OPEN = "SELECT COUNT(*) FROM deliveries WHERE status = 'pending'"
_ERRORS = "SELECT error FROM delivery_attempts"


def run(quick: bool) -> list[Finding]:
    addresses = refused_addresses(1 if quick else 3)
    names = {f"n{number}.example.com": [one] for number, one in enumerate(addresses)}
    names |= {f"mixed.{name}": [PUBLIC, *found] for name, found in names.items()}
    names["metadata.google.internal"] = [METADATA]
    by_name = urls_of([*SYSTEM_NAMES, socket.gethostname(), *names], 0)
    with ExitStack() as stack:
        wire = stack.enter_context(closing(Wire([*map(stack.enter_context, canaries())])))
        by_name = [url.replace(":0/", f":{wire.port}/") for url in by_name]
        return [
            _control(wire),
            _never_reached("ranges", urls_of(addresses, wire.port), wire),
            _never_reached("spellings", spelled_urls(wire.port), wire),
            _never_reached("names", by_name, wire, names),
            _names_that_change(addresses, wire),
            _redirects(wire),
            _proxies(wire),
        ]


def _control(wire: Wire) -> Finding:
    """The canaries do sing, and a public address is tried: otherwise nothing here says a thing."""
    everything = Sender(allow_nets=parse_allow_nets("127.0.0.0/8,::1/128"), timeout_seconds=2)
    urls = [*urls_of(CANARY_HOSTS[: wire.families], wire.port), f"https://{PUBLIC}/"]
    _deliver(urls, everything)
    heard, tried = wire.heard(), len(wire.tried)
    wire.reset()
    return Finding(
        "B8 control",
        "the canaries' networks allowed, and a public address",
        len(urls),
        f"{heard} connections heard, {tried} tried",
        f"{len(urls) - 1} heard, {len(urls)} tried",
        (heard, tried) == (len(urls) - 1, len(urls)),
    )


def _never_reached(
    name: str, urls: Sequence[str], wire: Wire, names: Mapping[str, Sequence[str]] | None = None
) -> Finding:
    with resolving((names or {}).get):
        accepted = _accepted_at_registration(urls, Sender(allow_nets=ALLOWED))
        errors = _deliver(urls, Sender(allow_nets=ALLOWED))
    others = [error for error in errors if not error.startswith(REFUSED)]
    return _finding(
        name,
        "registered, and delivered to although they are in the database",
        len(urls),
        wire,
        f"{accepted} accepted at registration, {len(others)} of {len(errors)} attempts not refused",
        "0 accepted, 0 not refused",
        accepted == 0 and not others and bool(errors),
    )


def _names_that_change(addresses: Sequence[str], wire: Wire) -> Finding:
    """Public when registered; then no more, or not when asked a second time in one attempt."""
    moved = {f"moved{number}.example.com": one for number, one in enumerate(addresses)}
    flipping = {f"flipping{number}.example.com": one for number, one in enumerate(addresses)}
    asked: dict[str, int] = {}

    def found(host: str) -> Sequence[str] | None:
        address = moved.get(host) or flipping.get(host)
        if address is None:
            return None
        asked[host] = asked.get(host, 0) + 1
        return [PUBLIC] if asked[host] <= (1 if host in moved else 2) else [address]

    sender = Sender(allow_nets=ALLOWED)
    urls = urls_of([*moved, *flipping], wire.port)[::2]
    with resolving(found):
        accepted = _accepted_at_registration(urls, sender)
        time.sleep(CACHE_SECONDS + 0.1)
        errors = _deliver(urls, sender)
    refused = sum(error.startswith(REFUSED) for error in errors)
    to_checked = wire.tried.count(PUBLIC)
    wire.tried[:] = [host for host in wire.tried if host != PUBLIC]
    return _finding(
        "changing names",
        "public when checked; another address at delivery, or when asked again in the attempt",
        len(urls),
        wire,
        f"{accepted} accepted, {refused} refused at delivery, {to_checked} to the checked address",
        f"{len(urls)}, {len(moved)}, {len(flipping)}",
        (accepted, refused, to_checked) == (len(urls), len(moved), len(flipping)),
    )


def _redirects(wire: Wire) -> Finding:
    places = [f"http://{LOOPBACK}", f"https://{LOOPBACK}", f"//{LOOPBACK}", "http://[::1]"]
    places = [f"{place}:{wire.port}/" for place in [*places, "http://localhost"]]
    replies = [
        Reply(status, headers={"Location": place, "Refresh": f"0; url={place}"})
        for status in REDIRECTS
        for place in places
    ]
    with Receiver(replies, host=ALLOWED_HOST) as receiver:
        errors = _deliver([receiver.url] * len(replies), Sender(allow_nets=ALLOWED))
    failed = sum(error.startswith("redirect_not_followed") for error in errors)
    return _finding(
        "redirects",
        f"an allowed receiver answers {', '.join(map(str, REDIRECTS))}",
        len(replies),
        wire,
        f"{failed} recorded as redirects",
        str(len(replies)),
        failed == len(replies) == len(receiver.requests),
    )


def _proxies(wire: Wire) -> Finding:
    proxy = f"http://{LOOPBACK}:{wire.port}"
    variables = {name: proxy for one in PROXY_VARIABLES for name in (one, one.upper())}
    with (
        mock.patch.dict(os.environ, variables | {"no_proxy": "", "NO_PROXY": ""}),
        Receiver(host=ALLOWED_HOST) as receiver,
    ):
        urls = [receiver.url] * 10 + [receiver.url.replace("http:", "https:")] * 2
        _deliver(urls, Sender(allow_nets=ALLOWED, timeout_seconds=1))
        arrived = len(receiver.requests)
    return _finding(
        "proxies",
        f"all of {', '.join(variables)} lead to a canary",
        len(urls),
        wire,
        f"{arrived} arrived directly",
        "10",
        arrived == 10,
    )


def _finding(
    name: str, tried: str, times: int, wire: Wire, result: str, pass_line: str, passed: bool
) -> Finding:
    """With what the canaries heard since the last one, which has to be nothing."""
    heard, elsewhere = wire.heard(), len(wire.tried)
    wire.reset()
    return Finding(
        f"B8 {name}",
        tried,
        times,
        f"{heard} connections to canaries, {elsewhere} tried; {result}",
        f"0, 0; {pass_line}",
        passed and heard == elsewhere == 0,
    )


def _accepted_at_registration(urls: Sequence[str], sender: Sender) -> int:
    accepted = 0
    with ExpressB2B("sqlite:///:memory:", check_webhook_url=sender.check) as b2b:
        for url in urls:
            with suppress(ValidationFailed):
                b2b.workspace().webhooks.register(url=url, events=["*"])
                accepted += 1
    return accepted


def _deliver(urls: Iterable[str], sender: Sender) -> list[str]:
    """The errors of one attempt to each URL, which nobody has checked before."""
    with throwaway_shop() as b2b, closing(sender):
        webhooks = b2b.workspace().webhooks
        for url in urls:
            with suppress(ValidationFailed):  # what is no text for a URL is never stored
                webhooks.test(webhooks.register(url=url, events=["*"]).id)
        database = b2b.runtime.database
        with DeliveryPool(b2b.runtime, sender, steps_seconds=()):
            wait_until(lambda: database.run_sql(_OPEN)[0][0] == 0, LIMIT_SECONDS)
        return [error or "" for (error,) in database.run_sql(_ERRORS)]
