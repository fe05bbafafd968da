"""The verification snippets of the docs, each made into something that judges many requests."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "integrator" / "receive-webhooks.md").read_text(encoding="utf-8")

DEADLINE_SECONDS = 120


class Case(NamedTuple):
    """A request to judge: the secret, the header `X-ExpressB2B-Signature`, the body, the time."""

    secret: str
    header: str
    body: bytes
    now: int


Judge = Callable[[Sequence[Case], Path], list[bool]]
"""Whether each of these is genuine; the folder is for files that the language needs."""


def snippet(language: str) -> str:
    found = re.search(rf"```\w+\n(?://|#) verify: {language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None, f"no snippet for {language}"
    return found[1]


def judged_by_python(cases: Sequence[Case], folder: Path) -> list[bool]:
    names: dict[str, Any] = {}
    exec(snippet("python"), names)
    return [names["is_genuine"](*case) for case in cases]


def judged_by_php(cases: Sequence[Case], folder: Path) -> list[bool]:
    (folder / "verify.php").write_text("<?php\n" + snippet("php") + _PHP_LOOP)
    return _verdicts(["php", "verify.php"], cases, folder)


def judged_by_javascript(cases: Sequence[Case], folder: Path) -> list[bool]:
    (folder / "verify.js").write_text(snippet("javascript") + _JAVASCRIPT_LOOP)
    return _verdicts(["node", "verify.js"], cases, folder)


def judged_by_java(cases: Sequence[Case], folder: Path) -> list[bool]:
    (folder / "Main.java").write_text(snippet("java") + _JAVA_LOOP)
    compiler = ["javac", "-encoding", "UTF-8", "Main.java"]
    subprocess.run(compiler, cwd=folder, check=True, timeout=DEADLINE_SECONDS)
    return _verdicts(["java", "-cp", ".", "Main"], cases, folder)


JUDGES: Mapping[str, tuple[str | None, Judge]] = {
    "Python": (None, judged_by_python),
    "PHP": ("php", judged_by_php),
    "JavaScript": ("node", judged_by_javascript),
    "Java": ("javac", judged_by_java),
}
"""By language: the program that it needs, if any, and how it judges."""


def signature_by_openssl(secret: str, timestamp: str, body: bytes, folder: Path) -> str:
    """What the commands for a signature by hand print."""
    (folder / "body.json").write_bytes(body)
    done = subprocess.run(
        ["bash", "-c", snippet("openssl")],
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "SECRET": secret, "T": timestamp},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_SECONDS,
    )
    return done.stdout.strip()


def _verdicts(command: list[str], cases: Sequence[Case], folder: Path) -> list[bool]:
    done = subprocess.run(
        command,
        input="".join(map(_line, cases)),
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [line == "true" for line in done.stdout.split()]


def _line(case: Case) -> str:
    fields = (case.secret.encode(), case.header.encode(), case.body)
    encoded = [base64.b64encode(field).decode() or "=" for field in fields]
    return "\t".join((*encoded, str(case.now))) + "\n"


_PHP_LOOP = r"""
function field(string $text): string { return $text === '=' ? '' : base64_decode($text); }
while (($line = fgets(STDIN)) !== false) {
    [$secret, $header, $body, $now] = explode("\t", trim($line));
    echo is_genuine(field($secret), field($header), field($body), (int) $now)
        ? "true\n" : "false\n";
}
"""

_JAVASCRIPT_LOOP = r"""
const text = (field) => Buffer.from(field === '=' ? '' : field, 'base64');
for (const line of require('node:fs').readFileSync(0, 'utf8').trim().split('\n')) {
  const [secret, header, body, now] = line.split('\t');
  console.log(isGenuine(text(secret).toString(), text(header).toString(), text(body), +now));
}
"""

_JAVA_LOOP = r"""
class Main {
    static byte[] bytes(String field) {
        return field.equals("=") ? new byte[0] : java.util.Base64.getDecoder().decode(field);
    }

    static String text(String field) {
        return new String(bytes(field), StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) throws Exception {
        java.util.Scanner lines = new java.util.Scanner(System.in);
        while (lines.hasNextLine()) {
            String[] fields = lines.nextLine().split("\t");
            System.out.println(Webhooks.isGenuine(
                text(fields[0]), text(fields[1]), bytes(fields[2]), Long.parseLong(fields[3])));
        }
    }
}
"""
