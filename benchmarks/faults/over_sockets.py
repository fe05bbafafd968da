"""The tests' client, talking to a server process over a connection instead of calling a function.

What is written for one works with the other.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.client import Answer, Client

PATIENCE_SECONDS = 30
_FAILURES_OF_AN_ADDRESS = 50
"""How often one address asks without a valid key; beyond 60 a minute all it hears is 429."""


class SocketClient(Client):
    """Sends requests with one key over a connection that clients with other keys share.

    `sent` has the last request as text: method, target and body.
    """

    def __init__(
        self, port: int, key: str | None = None, shared: _Connection | None = None
    ) -> None:
        self.key = key
        self.sent = b""
        self._port = port
        self._shared = shared or _Connection(port)

    def with_key(self, key: str | None) -> SocketClient:
        return SocketClient(self._port, key, self._shared)

    def request(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        environ: Mapping[str, object] | None = None,
    ) -> Answer:
        """Send `raw` as it is, or `body` as JSON.

        Raises:
            OSError, http.client.HTTPException: there was no whole answer.
        """
        assert not environ, "only a function has an environment"
        given = json.dumps(body).encode() if raw is None and body is not None else raw
        self.sent = f"{method} {target} ".encode() + (given or b"")
        fields = {} if given is None else {"Content-Type": "application/json"}
        if self.key is not None:
            fields["Authorization"] = f"Bearer {self.key}"
        return self._shared.exchange(method, target, given, fields | dict(headers or {}))

    def close(self) -> None:
        self._shared.close()


class _Connection:
    """A connection that is made anew, from another address, when that was refused often."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = count(1)
        self._open()

    def _open(self) -> None:
        number = next(self._numbers)
        source = f"127.3.{number // 250}.{number % 250 + 1}"
        self._failures = 0
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=PATIENCE_SECONDS, source_address=(source, 0)
        )

    def exchange(self, method: str, target: str, body: bytes | None, fields: Any) -> Answer:
        try:
            self._connection.request(method, target, body, fields)
            answer = self._connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            read = Answer(answer.status, named, answer.read())
        except BaseException:
            self._connection.close()
            raise
        self._failures += read.status == 401
        if self._failures == _FAILURES_OF_AN_ADDRESS:
            self.close()
            self._open()
        return read

    def close(self) -> None:
        self._connection.close()
