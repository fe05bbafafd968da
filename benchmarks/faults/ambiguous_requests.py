"""B3: requests with two readings, over raw sockets; each is refused once, and that is the end."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from benchmarks.faults.findings import Finding
from tests import server_processes
from tests.server.serving.ambiguous import AMBIGUOUS
from tests.server.serving.harness import Client, assert_refused

_FOLLOWING = b"GET /livez HTTP/1.1\r\nHost: shop\r\n\r\n"


def run(quick: bool) -> list[Finding]:
    ways: dict[str, Callable[[Client, bytes], None]] = {
        "at once": lambda client, data: client.send(data),
        "in single bytes": _drip,
        "behind a good request": _behind_another,
    }
    if quick:
        del ways["in single bytes"]
    times = 1 if quick else 10
    with (
        tempfile.TemporaryDirectory() as folder,
        server_processes.running(Path(folder)) as server,
    ):
        found = [
            _sent(name, partial(_refused, server.port, way), times) for name, way in ways.items()
        ]
        return [_control(server.port), *found]


def _control(port: int) -> Finding:
    with closing(Client(port)) as client:
        statuses = [client.ask(_FOLLOWING).status for _ in range(2)]
    return Finding(
        "B3 control",
        "good requests on one connection",
        2,
        f"{statuses}",
        "200",
        statuses == [200] * 2,
    )


def _sent(name: str, is_refused: Callable[[bytes], bool], times: int) -> Finding:
    wrong = [case for case in AMBIGUOUS for _ in range(times) if not is_refused(AMBIGUOUS[case])]
    tried = len(AMBIGUOUS) * times
    named = f": {', '.join(sorted(set(wrong)))}" if wrong else ""
    return Finding(
        f"B3 {name}",
        f"{len(AMBIGUOUS)} requests with two readings or none, a good one behind each",
        tried,
        f"{tried - len(wrong)} answered 400 once and closed{named}",
        str(tried),
        not wrong,
    )


def _refused(port: int, way: Callable[[Client, bytes], None], request: bytes) -> bool:
    with closing(Client(port)) as client:
        try:
            way(client, request + _FOLLOWING)
            assert_refused(client, 400, "bad_request")
        except (AssertionError, OSError):
            return False
    return True


def _drip(client: Client, data: bytes) -> None:
    for start in range(min(len(data), 1000)):
        try:
            client.send(data[start : start + 1])
        except ConnectionError:
            return  # refused before its end
    if len(data) > 1000:
        client.send(data[1000:])


def _behind_another(client: Client, data: bytes) -> None:
    client.send(_FOLLOWING + data)
    assert client.answer().status == 200
