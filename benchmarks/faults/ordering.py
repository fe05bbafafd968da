"""Orders over HTTP: a shop to place them in, a client, and writers that remember the answers."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expressb2b_core import ExpressB2B

PATIENCE_SECONDS = 60
SECRET = "a secret that all processes of an experiment share"
LOOPBACK = {"EXPRESSB2B_WEBHOOK_ALLOW_NETS": "127.0.0.0/8", "EXPRESSB2B_SECRET": SECRET}
"""Settings of servers that may deliver to this machine."""

UNLIMITED = {"read": 1_000_000, "write": 1_000_000}


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Shop:
    """A key, and an account whose orders need an approval: one event for each of them."""

    key: str
    account_id: str
    site_id: str

    def order(self, name: str) -> bytes:
        """The body of an order that is called so."""
        items = [{"sku": "NAP", "qty": 4}]
        fields = {"billing_account_id": self.account_id, "site_id": self.site_id, "items": items}
        return json.dumps(fields | {"po_number": name}).encode()


def prepared(database: str, *webhook_urls: str) -> Shop:
    """A database with a shop in it, whose events go to these addresses."""
    with ExpressB2B(database, secret=SECRET, check_webhook_url=lambda url: None) as b2b:
        workspace = b2b.workspace()
        for url in webhook_urls:
            workspace.webhooks.register(url=url, events=["*"])
        workspace.products.upsert(sku="NAP", name="Linen napkin, white", base_price="41.00")
        account = workspace.accounts.create(name="Midwest Restaurant Group")
        levels: Any = [{"name": "manager", "min_total": "0.00"}]
        workspace.accounts.update(account.id, approval={"levels": levels})
        site = workspace.sites.create(account.id, name="Chicago — Loop")
        key = workspace.keys.create("ERP", limits=UNLIMITED).key
        return Shop(str(key), account.id, site.id)


def database_in(folder: Path) -> str:
    """The address of the database of an experiment in this folder."""
    return f"sqlite:///{folder / 'shop.db'}"


class Client:
    """One connection to a server, opened again when it was closed."""

    def __init__(self, port: int, shop: Shop, *, timeout_seconds: float = PATIENCE_SECONDS) -> None:
        self._shop = shop
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Ask, with the shop's key.

        Raises:
            OSError, http.client.HTTPException: there was no whole answer.
        """
        sent = {"Authorization": f"Bearer {self._shop.key}"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self._connection.request(method, path, body, sent)
            answer = self._connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())
        except BaseException:
            self._connection.close()
            raise

    def place(self, name: str) -> Answer:
        """Place an order that is called so, and whose `Idempotency-Key` this is as well."""
        return self.request("POST", "/api/orders", self._shop.order(name), Idempotency_Key=name)

    def place_if_answered(self, name: str) -> Answer | None:
        """The same; None when there was no whole answer."""
        try:
            return self.place(name)
        except (OSError, http.client.HTTPException):
            return None

    def close(self) -> None:
        self._connection.close()


Step = Callable[[], object]


@contextmanager
def repeating(steps: Sequence[Step]) -> Iterator[threading.Event]:
    """Runs each of these again and again, in a thread of its own, for as long as the block lasts.

    A step that returns False ends its thread, and so does the event that is given; what a step
    raises is raised at the block's end.
    """
    ended = threading.Event()
    raised: list[Exception] = []

    def repeat(step: Step) -> None:
        try:
            while not ended.is_set() and step() is not False:
                pass
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=repeat, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    try:
        yield ended
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    if raised:
        raise raised[0]


class Writers:
    """Several that place orders; `answers` has what came back, by the order's name.

    None stands for a request without a whole answer.
    """

    def __init__(self, prefix: str) -> None:
        self.answers: dict[str, Answer | None] = {}
        self._prefix = prefix
        self._lock = threading.Lock()
        self._placed = 0

    @property
    def acknowledged(self) -> set[str]:
        """The ids of the orders that were answered with 201."""
        return {
            str(json.loads(answer.body)["id"])
            for answer in tuple(self.answers.values())
            if answer is not None and answer.status == 201
        }

    def next_name(self) -> str:
        """A name for an order that none had before."""
        with self._lock:
            self._placed += 1
            return f"{self._prefix}-{self._placed}"

    def place(self, client: Client) -> Answer | None:
        """Place one more, and remember the answer."""
        name = self.next_name()
        answer = self.answers[name] = client.place_if_answered(name)
        return answer
