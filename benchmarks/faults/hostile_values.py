"""B2: values no request may hold, in every field, query, path and header; odd ones are kept alike.

Whatever is sent goes to a server on SQLite and to one on PostgreSQL, which have to answer alike.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from benchmarks.faults.findings import Finding
from benchmarks.faults.odd_texts import kept_alike
from benchmarks.faults.odd_values import HEADERS, HOSTILE_JSON, NO_TEXT, ODD_QUERY
from benchmarks.faults.problems import flaw
from benchmarks.faults.twins import Twin, Twins, both
from benchmarks.faults.whole_bodies import Place, places, whole_bodies
from expressb2b_core.inputs.records import Record
from expressb2b_server.api import table
from expressb2b_server.api.problems import KINDS
from expressb2b_server.api.routes import Route
from tests.client import Answer
from tests.server.api.belonging import Things
from tests.server.api.unreadable import UNREADABLE
from tests.server.serving.harness import Client

NEEDS = ("initdb",)

DOCUMENTED = {(kind.code, KINDS[kind].status) for kind in KINDS} | {("bad_request", 400)}
"""What the page of errors tells of: code and status."""

_PLACEHOLDER = "the value that is put in"
_JUDGED_BY_ROW = ("upsert_products", "set_inventory")
_HEAD = b"GET /api/orders HTTP/1.1\r\nHost: shop\r\n"


def run(quick: bool) -> list[Finding]:
    routes = table.KEYED[::6] if quick else table.KEYED
    with tempfile.TemporaryDirectory() as name, both(Path(name)) as twins:
        judges = [
            _Judge(twins, "bodies", "all that is not JSON, to each route with a body"),
            _Judge(twins, "fields", f"{len(HOSTILE_JSON)} values, each in every field"),
            _Judge(twins, "queries", "bytes that are no text, and parameters twice"),
            _Judge(twins, "paths", "bytes that are no text in place of an identity"),
        ]
        for route in routes:
            for judge, requests in zip(judges, _REQUESTS, strict=True):
                for making in requests(route):
                    judge.try_one(route, making)
        loose = _Judge(twins, "odd queries", "odd text in each parameter", may_be_taken=True)
        for route in routes:
            for making in _odd_queries(route):
                loose.try_one(route, making)
        found = [judge.finding() for judge in (*judges, loose)]
        return [_table_is_whole(), *found, _headers(twins), *kept_alike(twins, quick)]


class Making(NamedTuple):
    """How a request is made: `body` is bytes, or makes them of the things of a server.

    A refusal has to point to `at`, where that is said.
    """

    label: str
    target: str
    body: Any
    at: str = ""


class _Judge:
    """Sends one kind of requests to both servers, and counts what was not refused as it should."""

    def __init__(self, twins: Twins, kind: str, tried: str, *, may_be_taken: bool = False) -> None:
        self._twins = twins
        self._kind = kind
        self._tried = tried
        self._may_be_taken = may_be_taken
        self._times = 0
        self._wrong: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()

    def try_one(self, route: Route, making: Making) -> None:
        label = f"{route.name} {making.label}"
        different = len(self._twins.different)
        answers = self._twins.ask(label, partial(_send, route, making))
        self._times += len(answers)
        for answer in answers:
            self._statuses[answer.status] += 1
            if not self._is_right(route, answer, making.at):
                self._wrong[f"{label}: {answer.status}"] += 1
        for said in self._twins.different[different:]:
            self._wrong[said] += 1

    def _is_right(self, route: Route, answer: Answer, at: str) -> bool:
        if flaw(answer.status, answer.headers, answer.body) is not None:
            return False
        if answer.status < 400:
            return self._may_be_taken or _is_refused_row(route, answer, at)
        is_documented = (answer.json["code"], answer.status) in DOCUMENTED
        return is_documented and answer.status != 429 and _points_to(at, answer.json)

    def finding(self) -> Finding:
        told = ", ".join(f"{times} × {status}" for status, times in sorted(self._statuses.items()))
        named = "".join(f"; {what}" for what in list(self._wrong)[:4])
        taken = " or taken" if self._may_be_taken else ""
        return Finding(
            f"B2 {self._kind}",
            self._tried,
            self._times,
            f"{self._wrong.total()} otherwise{named}; answers: {told}",
            f"a documented 4xx{taken}, the same on both databases",
            not self._wrong and self._times > 0,
        )


def _send(route: Route, making: Making, twin: Twin) -> Answer:
    raw = making.body(twin.things) if callable(making.body) else making.body
    filled = _filled(making.target, twin.things, route)
    return twin.client.request(route.method, filled, raw=raw)


def _filled(target: str, it: Things, route: Route) -> str:
    """The path with one's own identity in it."""
    nouns = {
        "orders": it.order, "billing-accounts": it.account, "sites": it.site,
        "contacts": it.contact, "events": it.event, "webhooks": it.webhook,
        "deliveries": it.delivery,
    }  # fmt: skip
    noun = route.path.split("/")[2]
    own = {"{id}": nouns.get(noun, ""), "{sku}": quote(it.sku), "{code}": it.tier}
    for wildcard, identity in own.items():
        target = target.replace(wildcard, identity)
    return target


def _is_refused_row(route: Route, answer: Answer, at: str) -> bool:
    if route.name not in _JUDGED_BY_ROW:
        return False
    (row,) = answer.json["data"]
    return row["status"] == "failed" and _points_to(at, row)


def _points_to(at: str, refusal: Mapping[str, Any]) -> bool:
    """Whether a refusal of what could be read says that this field is the reason, or part of it.

    Within a row pointers begin at the row.
    """
    pointers = [error["pointer"] for error in refusal.get("errors", [])]
    return not (at and pointers) or any(
        pointer.startswith(at) or at.endswith(pointer) for pointer in pointers
    )


def _unreadable(route: Route) -> Iterator[Making]:
    if route.body is not None:
        for body in UNREADABLE:
            if body:  # without one, what may be left out is left out
                yield Making(repr(body[:24]), route.path, body)


def _hostile_fields(route: Route) -> Iterator[Making]:
    if route.body is None:
        return
    made = partial(_body_of, route.name)
    sample = whole_bodies(_NOBODY, "text")[route.name]
    for place in places(sample):
        for name, value in HOSTILE_JSON.items():
            at = "".join(f"/{step}" for step in place)
            send = partial(_with_value, made, place, value)
            yield Making(f"{at} {name}", route.path, send, at)


def _body_of(name: str, it: Things) -> Any:
    return deepcopy(whole_bodies(it, "text")[name])


def _with_value(made: Any, place: Place, value: bytes, it: Things) -> bytes:
    body = inner = made(it)
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = _PLACEHOLDER
    return json.dumps(body).encode().replace(json.dumps(_PLACEHOLDER).encode(), value)


def _parameters(route: Route) -> Sequence[str]:
    return [] if route.query is None else list(Record(route.query).fields)


def _hostile_queries(route: Route) -> Iterator[Making]:
    for name in _parameters(route):
        for text in NO_TEXT:
            yield Making(f"?{name}={text}", f"{route.path}?{name}={text}", None)
        yield Making(f"?{name} twice", f"{route.path}?{name}=1&{name}=1", None)
    if route.query is not None:
        yield Making("?%ff", f"{route.path}?%ff=1", None)


def _odd_queries(route: Route) -> Iterator[Making]:
    for name in _parameters(route):
        for text in ODD_QUERY:
            yield Making(f"?{name}={text[:20]}", f"{route.path}?{name}={text}", None)


def _hostile_paths(route: Route) -> Iterator[Making]:
    if route.identity is None:
        return
    start, _, rest = route.path.partition("{")
    for text in NO_TEXT:
        body = b"{}" if route.takes_body else None
        yield Making(text, start + text + rest.partition("}")[2], body)


_REQUESTS = (_unreadable, _hostile_fields, _hostile_queries, _hostile_paths)
_NOBODY = Things(*["x"] * 10)


def _headers(twins: Twins) -> Finding:
    """Bytes beyond ASCII in each field, on either server."""
    wrong = []
    for twin in twins.twins:
        for name in HEADERS:
            for value in (b"caf\xe9", b"caf\xc3\xa9", b"\xff"):
                with closing(Client(twin.port)) as client:
                    answer = client.ask(_HEAD + name + b": " + value + b"\r\n\r\n")
                    if (answer.status, answer.problem["code"]) != (400, "bad_request"):
                        wrong.append(f"{name.decode()}: {answer.status}")
    return Finding(
        "B2 headers",
        "Latin-1, UTF-8 and other bytes in header fields",
        len(twins.twins) * len(HEADERS) * 3,
        f"{len(wrong)} otherwise{''.join(f'; {one}' for one in wrong[:4])}",
        "400 bad_request",
        not wrong,
    )


def _table_is_whole() -> Finding:
    routes = {route.name for route in table.KEYED if route.body is not None}
    missing = sorted(routes ^ set(whole_bodies(_NOBODY, "text")))
    return Finding(
        "B2 table",
        "each route that takes a body has one here",
        len(routes),
        f"{len(missing)} without{''.join(f'; {name}' for name in missing)}",
        "0 without",
        not missing,
    )
