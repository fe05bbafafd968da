"""The verification snippets of the docs, run against the published test vectors."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "integrator" / "receive-webhooks.md").read_text()
# Receivers that know only our own header see a request without it as one with an empty header.
VECTORS: list[dict[str, Any]] = [
    vector
    for vector in json.loads((DOCS / "webhook-test-vectors.json").read_text())
    if "X-ExpressB2B-Signature" in vector["headers"] or vector["expected"] != "valid"
]
EXPECTED = [vector["expected"] == "valid" for vector in VECTORS]


def snippet(language: str) -> str:
    found = re.search(rf"```\w+\n(?://|#) verify: {language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None, f"no snippet for {language}"
    return found[1]


def lines() -> str:
    """One vector a line: secret, header, body in base64, and the time."""

    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode() or "="

    return "".join(
        "\t".join(
            (
                encoded(vector["secret"]),
                encoded(vector["headers"].get("X-ExpressB2B-Signature", "none")),
                encoded(vector["body"]),
                str(vector["now"]),
            )
        )
        + "\n"
        for vector in VECTORS
    )


def verdicts(command: list[str], folder: Path) -> list[bool]:
    done = subprocess.run(
        command, input=lines(), capture_output=True, text=True, cwd=folder, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return [line == "true" for line in done.stdout.split()]


def needs(program: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def test_the_vectors_hold_both_kinds() -> None:
    assert {True, False} == set(EXPECTED)


def test_python() -> None:
    names: dict[str, Any] = {}
    exec(snippet("python"), names)

    found = [
        names["is_genuine"](
            vector["secret"],
            vector["headers"].get("X-ExpressB2B-Signature", ""),
            vector["body"].encode(),
            vector["now"],
        )
        for vector in VECTORS
    ]

    assert found == EXPECTED


@needs("php")
def test_php(tmp_path: Path) -> None:
    (tmp_path / "verify.php").write_text(
        "<?php\n"
        + snippet("php")
        + r"""
while (($line = fgets(STDIN)) !== false) {
    [$secret, $header, $body, $now] = explode("\t", trim($line));
    $body = $body === '=' ? '' : base64_decode($body);
    echo is_genuine(base64_decode($secret), base64_decode($header), $body, (int) $now)
        ? "true\n" : "false\n";
}
"""
    )

    assert verdicts(["php", "verify.php"], tmp_path) == EXPECTED


@needs("node")
def test_javascript(tmp_path: Path) -> None:
    (tmp_path / "verify.js").write_text(
        snippet("javascript")
        + r"""
const text = (field) => Buffer.from(field === '=' ? '' : field, 'base64');
for (const line of require('node:fs').readFileSync(0, 'utf8').trim().split('\n')) {
  const [secret, header, body, now] = line.split('\t');
  console.log(isGenuine(text(secret).toString(), text(header).toString(), text(body), +now));
}
"""
    )

    assert verdicts(["node", "verify.js"], tmp_path) == EXPECTED


@needs("javac")
def test_java(tmp_path: Path) -> None:
    (tmp_path / "Main.java").write_text(
        snippet("java")
        + r"""
class Main {
    static byte[] bytes(String field) {
        return field.equals("=") ? new byte[0] : java.util.Base64.getDecoder().decode(field);
    }

    public static void main(String[] arguments) throws Exception {
        java.util.Scanner lines = new java.util.Scanner(System.in);
        while (lines.hasNextLine()) {
            String[] fields = lines.nextLine().split("\t");
            System.out.println(Webhooks.isGenuine(new String(bytes(fields[0])),
                new String(bytes(fields[1])), bytes(fields[2]), Long.parseLong(fields[3])));
        }
    }
}
"""
    )
    subprocess.run(
        ["javac", "-encoding", "UTF-8", "Main.java"], cwd=tmp_path, check=True, timeout=120
    )

    assert verdicts(["java", "-cp", ".", "Main"], tmp_path) == EXPECTED


@needs("openssl")
def test_openssl(tmp_path: Path) -> None:
    vector = next(v for v in VECTORS if v["description"] == "non-ASCII body")
    header = vector["headers"]["X-ExpressB2B-Signature"]
    time, signature = re.fullmatch(r"t=(\d+),v1=([0-9a-f]+)", header).groups()  # type: ignore[union-attr]
    (tmp_path / "body.json").write_bytes(vector["body"].encode())

    done = subprocess.run(
        ["bash", "-c", snippet("openssl")],
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "SECRET": vector["secret"], "T": time},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert done.stdout.strip() == signature


def test_a_library_for_standard_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    from standardwebhooks import webhooks

    names: dict[str, Any] = {}
    exec(snippet("standardwebhooks"), names)
    vector = next(v for v in VECTORS if v["description"] == "non-ASCII body")

    class Then(webhooks.datetime):  # type: ignore[name-defined, misc]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return webhooks.datetime.fromtimestamp(vector["now"], tz)

    monkeypatch.setattr(webhooks, "datetime", Then)
    parsed = names["parse"](vector["secret"], vector["headers"], vector["body"].encode())

    assert parsed == json.loads(vector["body"])
