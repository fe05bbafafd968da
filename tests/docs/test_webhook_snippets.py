"""The verification snippets of the docs, run against the published test vectors."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.docs.snippet_verifiers import (
    DOCS,
    JUDGES,
    Case,
    signature_by_openssl,
    snippet,
)

# Receivers that know only our own header see a request without it as one with an empty header.
VECTORS: list[dict[str, Any]] = [
    vector
    for vector in json.loads((DOCS / "webhook-test-vectors.json").read_text())
    if "X-ExpressB2B-Signature" in vector["headers"] or vector["expected"] != "valid"
]
CASES = [
    Case(
        vector["secret"],
        vector["headers"].get("X-ExpressB2B-Signature", ""),
        vector["body"].encode(),
        vector["now"],
    )
    for vector in VECTORS
]
EXPECTED = [vector["expected"] == "valid" for vector in VECTORS]
NON_ASCII = next(vector for vector in VECTORS if vector["description"] == "non-ASCII body")


def test_the_vectors_hold_both_kinds() -> None:
    assert {True, False} == set(EXPECTED)


@pytest.mark.parametrize("language", JUDGES)
def test_a_snippet_tells_the_genuine_from_the_others(language: str, tmp_path: Path) -> None:
    program, judge = JUDGES[language]
    if program is not None and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")

    assert judge(CASES, tmp_path) == EXPECTED


def test_openssl(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    header = NON_ASCII["headers"]["X-ExpressB2B-Signature"]
    time, signature = re.fullmatch(r"t=(\d+),v1=([0-9a-f]+)", header).groups()  # type: ignore[union-attr]

    found = signature_by_openssl(NON_ASCII["secret"], time, NON_ASCII["body"].encode(), tmp_path)

    assert found == signature


def test_a_library_for_standard_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    from standardwebhooks import webhooks

    names: dict[str, Any] = {}
    exec(snippet("standardwebhooks"), names)
    vector = NON_ASCII

    class Then(webhooks.datetime):  # type: ignore[name-defined, misc]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return webhooks.datetime.fromtimestamp(vector["now"], tz)

    monkeypatch.setattr(webhooks, "datetime", Then)
    parsed = names["parse"](vector["secret"], vector["headers"], vector["body"].encode())

    assert parsed == json.loads(vector["body"])
