"""Two servers, one on SQLite and one on PostgreSQL, that are asked the same; for B2."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.faults.ordering import LOOPBACK, SECRET, UNLIMITED, database_in
from benchmarks.faults.over_sockets import SocketClient
from benchmarks.faults.whole_bodies import NOWHERE
from expressb2b_core import ExpressB2B
from tests import postgres
from tests.client import Answer
from tests.server.api.belonging import Things, stock
from tests.server_processes import running

_UNLIMITED: Any = UNLIMITED | {"webhook_registration": 1_000_000}
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_OF_ITS_OWN = re.compile(r'"(?:request_id|secret|next_cursor)": ?"[^"]*"')


@dataclass(frozen=True)
class Twin:
    """One of the two: what is in it, and a client with a key to all of it."""

    name: str
    port: int
    client: SocketClient
    things: Things
    numbers: dict[str, str]

    def comparable(self, answer: Answer) -> tuple[int, str]:
        """Status and body, without moments and secrets; ids numbered as they first appear."""
        text = json.dumps(json.loads(answer.body), ensure_ascii=False) if answer.body else ""
        text = _MOMENT.sub("moment", _OF_ITS_OWN.sub("", text))
        return answer.status, _ID.sub(self._number, text)

    def _number(self, found: re.Match[str]) -> str:
        return self.numbers.setdefault(found[0], f"id {len(self.numbers)}")


class Twins:
    """Asks both, and keeps what they answered differently."""

    def __init__(self, twins: list[Twin]) -> None:
        self.twins = twins
        self.times = 0
        self.different: list[str] = []

    def ask(self, label: str, send: Callable[[Twin], Answer]) -> list[Answer]:
        """What each answers to this."""
        answers = [send(twin) for twin in self.twins]
        self.times += 1
        first, second = (
            twin.comparable(answer) for twin, answer in zip(self.twins, answers, strict=True)
        )
        if first != second:
            self.different.append(f"{label}: {_around(str(first), str(second))}")
        return answers


@contextmanager
def both(folder: Path) -> Iterator[Twins]:
    """A server on each database, with one of each thing in it."""
    with ExitStack() as held:
        database = held.enter_context(postgres.running())
        addresses = {"SQLite": database_in(folder), "PostgreSQL": database.create("twin")}
        yield Twins([_twin(held, name, folder, url) for name, url in addresses.items()])


def _twin(held: ExitStack, name: str, folder: Path, address: str) -> Twin:
    with ExpressB2B(address, secret=SECRET, check_webhook_url=lambda url: None) as b2b:
        shop = b2b.workspace()
        key = shop.keys.create("ERP", limits=_UNLIMITED).key
        things = stock(shop, "own", NOWHERE)
    server = held.enter_context(running(folder, "--database", address, variables=LOOPBACK))
    client = SocketClient(server.port, key)
    held.callback(client.close)
    return Twin(name, server.port, client, things, {})


def _around(one: str, other: str) -> str:
    """Where two texts part."""
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    begin = max(0, start - 40)
    return f"{one[begin : start + 60]} ≠ {other[begin : start + 60]}"
