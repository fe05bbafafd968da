"""A house that has issued every kind of secret, by every door, and has been asked wrong things.

What B6 looks through is made here: a server of its own, its commands, its panel, its interface.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3

from tests.receivers import Receiver, Reply
from tests.server.panel.browser import PageReader
from tests.server_processes import ServerProcess, command, environment

METRICS_TOKEN = "metrics-token-of-this-house-4711"
PASSWORD = "napkins for everybody"
OTHER_PASSWORD = "towels for nobody at all"
WRONG_PASSWORD = "a typing mistake in napkins"

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class House:
    """A running server, what it issued, what it answered to mistakes, and what was called.

    Attributes:
        secrets: What nobody else may read anywhere, by what it is.
        refusals: Every answer to a mistake, with its headers.
        command_lines: Every process that was started, as other users of the machine see it.
    """

    def __init__(self, folder: Path, server: ServerProcess) -> None:
        self.folder = folder
        self.server = server
        self.secrets: dict[str, str] = {
            "metrics token": METRICS_TOKEN,
            "password": PASSWORD,
            "password given to a command": OTHER_PASSWORD,
            "mistyped password": WRONG_PASSWORD,
        }
        self.refusals: list[bytes] = []
        self.command_lines: list[bytes] = [_command_line(server.process)]
        self._cookies: dict[str, str] = {}

    def run(self, *words: str, stdin: str = "", **variables: str) -> Any:
        """What a command answers with `--json`; its messages are kept with the refusals."""
        process = subprocess.Popen(
            [sys.executable, "-m", "expressb2b_cli", *words, "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(self.folder, {"EXPRESSB2B_DATABASE": self.database} | variables),
        )
        self.command_lines.append(_command_line(process))
        out, err = process.communicate(stdin)
        self.refusals.append(err.encode())
        return json.loads(out) if out else None

    @property
    def database(self) -> str:
        """Its address."""
        return f"sqlite:///{self.folder / 'shop.db'}"

    def api(
        self, method: str, path: str, key: str, body: object = None, **headers: str
    ) -> urllib3.BaseHTTPResponse:
        """One request with a key."""
        sent = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        authorization = {"Authorization": f"Bearer {key}"}
        return self._request(method, path, sent, kind | authorization | headers)

    def refused(self, answer: urllib3.BaseHTTPResponse) -> None:
        """Keep an answer that is to say nothing secret."""
        headers = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
        self.refusals.append(headers.encode() + answer.data)

    def page(self, path: str) -> str:
        """A page of the panel, in the browser of this house."""
        return self._request("GET", path, None, {}).data.decode()

    def submit(self, path: str, action: str, **fields: str) -> urllib3.BaseHTTPResponse:
        """Fill in a form of a page, and send it."""
        reader = PageReader()
        reader.feed(self.page(path))
        (form,) = [one for one in reader.forms if one.action == action]
        body = urlencode(form.fields | fields, doseq=True).encode()
        return self._request("POST", action, body, _FORM)

    def cookie(self, name: str) -> str:
        """The token that the browser holds under this name, without its signature."""
        return self._cookies[name].rpartition(".")[0]

    def send_raw(self, text: str) -> None:
        """Send what is no request, and keep what is answered."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(text.encode())
            connection.shutdown(socket.SHUT_WR)
            self.refusals.append(connection.makefile("rb").read())

    def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        held = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = urllib3.request(
            method,
            self.server.address + path,
            body=body,
            headers={**headers, **({"Cookie": held} if held else {})},
            redirect=False,
            retries=False,
        )
        for cookie in answer.headers.getlist("Set-Cookie"):
            name, _, rest = cookie.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        return answer


@contextmanager
def lived_in(folder: Path, quick: bool) -> Iterator[House]:
    """A house in which secrets were issued and used; its server runs during the block."""
    variables = {
        "EXPRESSB2B_METRICS_TOKEN": METRICS_TOKEN,
        "EXPRESSB2B_WEBHOOK_ALLOW_NETS": "127.0.0.0/8",
        "EXPRESSB2B_DATABASE": f"sqlite:///{folder / 'shop.db'}",
    }
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command("--port", "0"),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=folder,
            env=environment(folder, variables),
        )
        try:
            house = House(folder, ServerProcess(process))
            with Receiver(Reply(503)) as receiver:
                _enter_the_panel(house)
                _issue_by_command(house, receiver.url)
                if not quick:
                    _issue_anew_by_command(house)
                _issue_by_key(house, receiver.url)
                _make_mistakes(house, quick)
            house.secrets["server secret"] = (folder / "shop.db.secret").read_text().strip()
            yield house
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def _enter_the_panel(house: House) -> None:
    found = re.search(r"(/admin/setup\?token=([\w-]+))", house.server.greeting)
    assert found, house.server.greeting
    house.secrets["setup link"] = found[2]
    house.page(found[1])
    house.secrets["grant of the setup link"] = house.cookie("expressb2b_setup")
    people = {"name": "Ana", "email": "ana@example.com"}
    house.submit("/admin/setup", "/admin/setup", password=PASSWORD, again=PASSWORD, **people)
    house.secrets["session"] = house.cookie("expressb2b_session")
    shown = house.submit("/admin/keys/new", "/admin/keys", name="From the panel").data.decode()
    key = re.search(r"eb2b_live_\w+", shown)
    assert key, shown
    house.secrets["key of the panel"] = key[0]
    house.refused(house.submit("/admin/me", "/admin/me/password", present=WRONG_PASSWORD))


def _issue_by_command(house: House, url: str) -> None:
    made = house.run("keys", "create", "--name", "ERP")
    house.secrets["key of a command"] = made["key"]
    endpoint = house.run(
        "webhooks", "create", url, "--event", "*", EXPRESSB2B_WEBHOOK_ALLOW_NETS="127.0.0.0/8"
    )
    house.secrets["signing secret of a command"] = endpoint["secret"]


def _issue_anew_by_command(house: House) -> None:
    house.secrets["rotated key"] = house.run("keys", "rotate", "ERP")["key"]
    (endpoint,) = house.run("webhooks", "list")["data"]
    rotated = house.run("webhooks", "rotate-secret", endpoint["id"])
    house.secrets["rotated signing secret of a command"] = rotated["secret"]
    link = house.run("admin", "setup-link")["url"]
    house.secrets["setup link of a command"] = urlsplit(link).query.removeprefix("token=")
    bo = ("bo@example.com", "--name", "Bo", "--password-file", "-")
    house.run("admin", "create", *bo, stdin=OTHER_PASSWORD)


def _issue_by_key(house: House, url: str) -> None:
    key = house.secrets["key of the panel"]
    body = {"url": f"{url}/second", "events": ["order.placed"]}
    for _ in range(2):  # the second is answered from what was kept
        made = house.api("POST", "/api/webhooks", key, body, **{"Idempotency-Key": "register-1"})
    house.secrets["signing secret of a key"] = made.json()["secret"]
    rotate = f"/api/webhooks/{made.json()['id']}/rotate-secret"
    for _ in range(2):
        rotated = house.api("POST", rotate, key, **{"Idempotency-Key": "rotate-1"})
    house.secrets["rotated signing secret of a key"] = rotated.json()["secret"]
    house.api("POST", f"/api/webhooks/{made.json()['id']}/test", key)


def _make_mistakes(house: House, quick: bool) -> None:
    key = house.secrets["key of the panel"]
    for target in ("/api/orders", "/api/nowhere", f"/api/orders?key={key}", "/api/orders?page=0"):
        for sent in (key, f"{key}x", house.secrets["key of a command"]):
            house.refused(house.api("GET", target, sent))
    house.refused(house.api("POST", "/api/products", key, {"sku": key, "name": 7}))
    house.refused(house.api("PATCH", "/api/products", key, {}))
    house.refused(house.api("GET", "/metrics", f"{METRICS_TOKEN}x"))
    for text in (
        f"GET /api HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nBad Header\r\n\r\n",
        f"GET /api HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\x00\r\n\r\n",
        f"GET /{key} HTTP/9.9\r\nHost: x\r\n\r\n",
    ):
        house.send_raw(text)
    link = house.secrets["setup link"]
    house.refused(house.api("GET", f"/admin/setup?token={link}", key))
    if quick:
        return
    missing = ("--headers", "/nonexistent", "--body", "/nonexistent")
    house.run("webhooks", "verify", *missing, EXPRESSB2B_WEBHOOK_SECRET=house.secrets["session"])


def _command_line(process: subprocess.Popen[str]) -> bytes:
    """As every user of the machine sees it; for a moment at its start there is none."""
    found = b""
    while not found and process.poll() is None:
        found = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    return found
