"""A client that calls a WSGI application directly: no socket, no thread."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from wsgiref.validate import validator


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem document."""
        assert self.headers["content-type"] == "application/problem+json", self.body
        return str(self.json["code"])

    @property
    def pointers(self) -> dict[str, str]:
        """The code of each field error, by pointer."""
        return {error["pointer"]: error["code"] for error in self.json["errors"]}


class Client:
    """Sends requests with one key; every answer is checked to keep the rules of WSGI."""

    def __init__(self, application: Callable[..., Iterable[bytes]], key: str | None = None) -> None:
        self._application = application
        self.key = key
        self.address = "192.0.2.7"

    def with_key(self, key: str | None) -> Client:
        return Client(self._application, key)

    def get(self, target: str, **options: Any) -> Answer:
        return self.request("GET", target, **options)

    def post(self, target: str, body: object = None, **options: Any) -> Answer:
        return self.request("POST", target, body, **options)

    def put(self, target: str, body: object = None, **options: Any) -> Answer:
        return self.request("PUT", target, body, **options)

    def patch(self, target: str, body: object = None, **options: Any) -> Answer:
        return self.request("PATCH", target, body, **options)

    def delete(self, target: str, **options: Any) -> Answer:
        return self.request("DELETE", target, **options)

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
        """Send `raw` as it is, or `body` as JSON."""
        sent = b"" if body is None else json.dumps(body).encode()
        sent = sent if raw is None else raw
        made = self._environ(method, target, sent, headers or {}) | dict(environ or {})
        return Begun(self._application, made).answer()

    def begin(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Begun:
        """Send a request whose answer is not waited for yet."""
        sent = b"" if body is None else json.dumps(body).encode()
        return Begun(self._application, self._environ(method, target, sent, headers or {}))

    def _environ(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> dict[str, object]:
        parts = urlsplit(target)
        environ: dict[str, object] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": _unquoted(parts.path),
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.address,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if body:
            environ["CONTENT_LENGTH"] = str(len(body))
            environ["CONTENT_TYPE"] = "application/json"
        if self.key is not None:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self.key}"
        for name, value in headers.items():
            wsgi_name = name.upper().replace("-", "_")
            prefix = "" if wsgi_name in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_"
            environ[prefix + wsgi_name] = value
        return {name: value for name, value in environ.items() if value is not None}


class Begun:
    """A request that the application was called with."""

    def __init__(
        self, application: Callable[..., Iterable[bytes]], environ: dict[str, object]
    ) -> None:
        self._environ = environ
        self._started: list[tuple[str, list[tuple[str, str]]]] = []
        self._returned = validator(application)(environ, self._start_response)

    def answer(self) -> Answer:
        """Read the answer."""
        body = b"".join(self._returned)
        self.close()
        status, headers = self._started[0]
        named = {name.lower(): value for name, value in headers}
        assert len(named) == len(headers), f"a header was sent twice: {headers}"
        if self._environ["REQUEST_METHOD"] != "HEAD" and "content-length" in named:
            assert int(named["content-length"]) == len(body)
        return Answer(int(status[:3]), named, body)

    def close(self) -> None:
        """Read nothing more."""
        getattr(self._returned, "close", lambda: None)()

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], error: Any = None
    ) -> Callable[[bytes], None]:
        self._started.append((status, headers))
        return lambda data: None


def _unquoted(path: str) -> str:
    """As WSGI has it: percent-decoded bytes, each as one character."""
    found = bytearray()
    text = path.encode()
    index = 0
    while index < len(text):
        if text[index : index + 1] == b"%":
            found.append(int(text[index + 1 : index + 3], 16))
            index += 3
        else:
            found.append(text[index])
            index += 1
    return found.decode("latin-1")
