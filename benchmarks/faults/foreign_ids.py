"""B5: every route with own, foreign and absent ids, under every scope, and under keys that ended.

A route without a row in the table of requests fails.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.faults.findings import Finding
from benchmarks.faults.ordering import SECRET, UNLIMITED, database_in
from benchmarks.faults.over_sockets import SocketClient
from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.inputs.keys import ALL_SCOPES
from expressb2b_server.api import table
from expressb2b_server.api.routes import Route
from tests.client import Answer
from tests.receivers import wait_until
from tests.server.api.belonging import NOTHING, PROBES, Send, Things, comparable, stock
from tests.server_processes import running

NOWHERE = "https://127.0.0.1:9/"
"""Where webhooks would go, if the server were allowed to go there."""

LET_IN = (200, 201, 202, 204, 409)
"""Answers to one's own; what the rules say of it is another matter."""


def run(quick: bool) -> list[Finding]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            _two_workspaces(folder) as house,
            running(
                folder, "--database", database_in(folder), variables={"EXPRESSB2B_SECRET": SECRET}
            ) as server,
            closing(SocketClient(server.port)) as client,
        ):
            probes = _Probes(house, client)
            for number, route in enumerate(table.KEYED):
                if not quick or number % 4 == 0:
                    probes.try_route(route)
        return [_table_is_whole(), *probes.findings()]


@dataclass(frozen=True)
class House:
    """Two workspaces of one database, and keys to the first, by what they are good for."""

    shop: Workspace
    theirs: Things
    valid: dict[str, str]
    invalid: dict[str, str | None]


@contextmanager
def _two_workspaces(folder: Path) -> Iterator[House]:
    with ExpressB2B(database_in(folder), secret=SECRET, check_webhook_url=lambda url: None) as b2b:
        shop, stranger = b2b.workspace(), b2b.create_workspace("stranger")
        scopes: dict[str, Any] = {scope: [scope] for scope in ALL_SCOPES}
        valid = {
            name: shop.keys.create(name, scopes=held, limits=UNLIMITED).key
            for name, held in (scopes | {"every scope": list(ALL_SCOPES)}).items()
        }
        revoked = shop.keys.create("revoked")
        shop.keys.revoke(revoked.id)
        expired = shop.keys.create("expired", expires_in_seconds=1)
        now = b2b.runtime.clock.now()
        wait_until(lambda: b2b.runtime.clock.now() > now + 1)
        invalid = {"revoked": revoked.key, "expired": expired.key, "no key": None}
        yield House(shop, stock(stranger, "their", f"{NOWHERE}their"), valid, invalid)


class _Probes:
    """Sends the requests of each route and counts what should not have been answered."""

    def __init__(self, house: House, client: SocketClient) -> None:
        self._house = house
        self._client = client
        self._times: Counter[str] = Counter()
        self._wrong: dict[str, Counter[str]] = {name: Counter() for name in _PASS_LINES}
        self._stocked = 0

    def try_route(self, route: Route) -> None:
        """All requests of a route, with each key; those that change something of one's own last."""
        sends = PROBES.get(route.name, []) or [_plain(route)]
        for number, send in enumerate(sends):
            label = f"{route.name}-{number}"
            self._stocked += 1
            own = stock(self._house.shop, f"own{self._stocked}", NOWHERE)
            for name, key in self._house.invalid.items():
                self._try_kept_out(f"{label} {name}", key, send, own)
            for name, key in self._house.valid.items():
                if _suffices(name, str(route.scope)):
                    self._try_let_in(f"{label} {name}", key, send, own, route)
                else:
                    self._try_narrow(f"{label} {name}", key, send, own)
            key = self._house.valid[str(route.scope)]
            answer = self._send("own", key, send, own, own)
            if answer.status not in (LET_IN if PROBES.get(route.name) else (*LET_IN, 422)):
                self._wrong["own"][f"{label}: {answer.status}"] += 1

    def _try_kept_out(self, label: str, key: str | None, send: Send, own: Things) -> None:
        answers = [self._send("ended keys", key, send, it, own) for it in self._all(own)]
        if {answer.status for answer in answers} != {401} or not _alike(answers):
            self._wrong["ended keys"][label] += 1

    def _try_narrow(self, label: str, key: str, send: Send, own: Things) -> None:
        answers = [self._send("narrow keys", key, send, it, own) for it in self._all(own)]
        if {answer.status for answer in answers} != {403} or not _alike(answers):
            self._wrong["narrow keys"][label] += 1

    def _try_let_in(self, label: str, key: str, send: Send, own: Things, route: Route) -> None:
        theirs = self._house.theirs
        foreign = self._send("foreign and absent", key, send, theirs, own)
        absent = self._send("foreign and absent", key, send, NOTHING, own)
        if not PROBES.get(route.name):
            return
        alike = comparable(foreign, theirs) == comparable(absent, NOTHING)
        if not alike or foreign.status not in (200, 400, 404, 422):
            self._wrong["foreign and absent"][f"{label}: {foreign.status}, {absent.status}"] += 1

    def _send(self, kind: str, key: str | None, send: Send, it: Things, own: Things) -> Answer:
        """One request; whatever is answered, nothing in it is the stranger's."""
        client = self._client.with_key(key)
        answer = send(client, it, own)
        self._times[kind] += 1
        self._times["leaks"] += 1
        said = answer.body + repr(answer.headers).encode()
        for mark in (*self._house.theirs.marks, self._house.theirs.sku, f"{NOWHERE}their"):
            if mark.encode() in said and mark.encode() not in client.sent:
                self._wrong["leaks"][f"{client.sent[:80]!r} tells {mark}"] += 1
        return answer

    def _all(self, own: Things) -> tuple[Things, Things, Things]:
        return own, self._house.theirs, NOTHING

    def findings(self) -> list[Finding]:
        return [
            Finding(
                f"B5 {kind}",
                tried,
                self._times[kind],
                f"{self._wrong[kind].total()} otherwise"
                + "".join(f"; {label}" for label in list(self._wrong[kind])[:5]),
                pass_line,
                not self._wrong[kind] and self._times[kind] > 0,
            )
            for kind, (tried, pass_line) in _PASS_LINES.items()
        ]


_PASS_LINES = {
    "own": ("one's own ids, with the one scope that the route needs", "each is let in"),
    "foreign and absent": (
        "ids of another workspace and of none, in path, body, filter and cursor, each scope",
        "the two cannot be told apart",
    ),
    "narrow keys": ("own, foreign and absent ids, with each scope that is another", "403, alike"),
    "ended keys": ("own, foreign and absent ids; revoked, expired, no key", "401, alike"),
    "leaks": ("all answers of these, searched for what is the other workspace's", "0 leaks"),
}
"""What was tried and what must hold, by kind."""


def _table_is_whole() -> Finding:
    routes = {route.name for route in table.KEYED}
    missing = sorted(routes ^ set(PROBES))
    return Finding(
        "B5 table",
        "each route that needs a key has its row of requests",
        len(routes),
        f"{len(missing)} without{''.join(f'; {name}' for name in missing)}",
        "0 without",
        not missing,
    )


def _plain(route: Route) -> Send:
    """A request to a route that takes no id of anything; what is in its body does not matter."""
    body = {} if route.takes_body else None
    path = route.path.replace("{code}", "own_new")
    return lambda client, it, own: client.request(route.method, path, body)


def _suffices(held: str, needed: str) -> bool:
    return held in ("every scope", needed, needed.replace(":read", ":write"))


def _alike(answers: list[Answer]) -> bool:
    """Whether answers differ in nothing but the ids of the requests."""
    first, *others = (comparable(answer, NOTHING) for answer in answers)
    return all(other == first for other in others)
