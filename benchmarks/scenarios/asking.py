"""Asks a contestant once and by hand: is the answer 2xx, and which fields has it?"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any


class BadAnswer(SystemExit):
    """The answer is not what the benchmark may compare."""


def ask(
    port: int, path: str, key: str, body: object = None, method: str | None = None
) -> tuple[bytes, Any]:
    """The bytes of the answer, and what they say.

    Raises:
        BadAnswer: not 2xx, or a bulk answer with records that were refused.
    """
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            found: bytes = answer.read()
    except urllib.error.HTTPError as error:
        raise BadAnswer(f"{path}: {error.code} {error.read().decode()[:500]}") from None
    value = json.loads(found)
    require_no_failures(value)
    return found, value


def require_no_failures(value: Any) -> None:
    """Go on unless this answers a bulk request of which a record was refused.

    Raises:
        BadAnswer: so it is.
    """
    failed = value.get("meta", {}).get("failed", 0)
    if failed:
        raise BadAnswer(f"{failed} records were refused: {value['data'][0]}")


def shape(value: Any) -> Any:
    """The fields of a JSON value without what is in them; of a list, those of its first entry."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return None


def require_same_shape(ours: Any, theirs: Any, who: str) -> None:
    """Go on when both answers have the same fields.

    Raises:
        BadAnswer: one has a field that the other has not.
    """
    if shape(ours) != shape(theirs):
        raise BadAnswer(f"{who} answers otherwise:\n{shape(theirs)}\nours: {shape(ours)}")


def deep_cursor(port: int, key: str, rows: int) -> str:
    """The cursor behind so many orders, reached as a client would."""
    path = "/api/orders?per_page=100"
    _, page = ask(port, path, key)
    for _ in range(rows // 100 - 1):
        _, page = ask(port, f"{path}&cursor={page['meta']['next_cursor']}", key)
    return str(page["meta"]["next_cursor"])
