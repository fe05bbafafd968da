"""The feed of events, read over HTTP with an API key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import urllib3

from expressb2b_cli.exit_codes import ExitCode, Failure

Event = Mapping[str, Any]

TIMEOUT_SECONDS = 10.0
_PATH = "/api/events"
_VERSION_HEADER = "x-expressb2b-version"
_TRANSIENT = frozenset((429, 500, 502, 503, 504))
_DEFAULT_WAIT_SECONDS = 5


class Answer(NamedTuple):
    """What the server answered; header names in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Get = Callable[[str, Mapping[str, str], Mapping[str, str]], Answer]
"""Requests a URL with these query parameters and headers; `OSError` when nobody answers."""


class TryAgain(Exception):
    """The server cannot answer now, and said when it may."""

    def __init__(self, seconds: int, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds


class EventPage(NamedTuple):
    """Events in order, where to go on, and in which version of the interface they are."""

    events: Sequence[Event]
    next_after: int
    version: str


class Feed:
    """The events of the workspace of a key.

    Args:
        api: Where the server is, such as `http://127.0.0.1:8000`.
        key: An API key with the scope `orders:read`.
        types: Only these types of events; all if there are none.
        get: How to request; over the network by default.
    """

    def __init__(self, api: str, key: str, types: Sequence[str] = (), get: Get | None = None):
        self._url = api.rstrip("/") + _PATH
        self._headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
        self._filters = {"types": ",".join(types)} if types else {}
        self._get = get or _request

    def read(self, after: int, per_page: int = 100) -> EventPage:
        """The events behind this `seq`.

        Raises:
            TryAgain: the server cannot answer now, or cannot be reached.
            Failure: the key is refused, or what answers is no such server.
        """
        query = {"after": str(after), "per_page": str(per_page), **self._filters}
        try:
            answer = self._get(self._url, query, self._headers)
        except OSError as error:
            raise TryAgain(_DEFAULT_WAIT_SECONDS, f"it cannot be reached ({error})") from error
        if answer.status in _TRANSIENT:
            raise TryAgain(_wait_seconds(answer), f"it answered {answer.status}")
        return self._page(answer)

    def newest(self) -> int:
        """The `seq` of the last event, found in a few small steps instead of reading them all."""
        below, above = 0, 1
        while self._is_any_behind(above - 1):
            below, above = above, above * 2
        while above - below > 1:
            middle = (below + above) // 2
            if self._is_any_behind(middle - 1):
                below = middle
            else:
                above = middle
        return below

    def _is_any_behind(self, seq: int) -> bool:
        return bool(self.read(seq, per_page=1).events)

    def _page(self, answer: Answer) -> EventPage:
        try:
            found = json.loads(answer.body)
        except ValueError:
            found = None
        if answer.status in (401, 403) and isinstance(found, dict):
            raise Failure(ExitCode.NOT_AUTHORISED, found["code"], found["detail"])
        if answer.status != 200 or not isinstance(found, dict):
            detail = f"{self._url} answered {answer.status}: there is no such server."
            raise Failure(ExitCode.FAILED, "unexpected_answer", detail)
        return EventPage(
            found["data"], found["meta"]["next_after"], _header(answer, _VERSION_HEADER)
        )


def _header(answer: Answer, name: str) -> str:
    return {known.lower(): text for known, text in answer.headers.items()}.get(name, "")


def _wait_seconds(answer: Answer) -> int:
    asked = _header(answer, "retry-after")
    return int(asked) if asked.isascii() and asked.isdigit() else _DEFAULT_WAIT_SECONDS


_pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT_SECONDS)


def _request(url: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
    try:
        answer = _pool.request("GET", url, fields=dict(query), headers=dict(headers))
    except urllib3.exceptions.HTTPError as error:
        raise ConnectionError(str(error)) from error
    return Answer(answer.status, answer.headers, answer.data)
