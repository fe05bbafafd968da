"""The same as a request to the interface, ready to be pasted into a terminal."""

from __future__ import annotations

import json
import shlex

_KEY = "$EXPRESSB2B_API_KEY"
_GOES_ON = " \\\n  "


def get(public_url: str, path: str, key: str = _KEY) -> str:
    """A command that reads."""
    return _GOES_ON.join([f"curl {shlex.quote(public_url + path)}", _authorization(key)])


def post(public_url: str, path: str, body: object, key: str = _KEY) -> str:
    """A command that changes something."""
    text = json.dumps(body, ensure_ascii=False)
    return _GOES_ON.join(
        [
            f"curl -X POST {shlex.quote(public_url + path)}",
            _authorization(key),
            '-H "Content-Type: application/json"',
            f"-d {shlex.quote(text)}",
        ]
    )


def _authorization(key: str) -> str:
    return f'-H "Authorization: Bearer {key}"'
