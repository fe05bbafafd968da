"""`expressb2b doctor`: is everything sound, and what to do where it is not."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import click

from expressb2b_cli import output
from expressb2b_cli.exit_codes import ExitCode
from expressb2b_cli.groups import Command
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.session import opened, settings_of, unmigrated
from expressb2b_core.errors import Misconfigured
from expressb2b_core.runtime import Runtime
from expressb2b_core.services.health import CHECKS, Check, Finding, examine
from expressb2b_core.services.health.database_file import schema_findings
from expressb2b_server.settings import unknown_variables


@dataclass(frozen=True, slots=True)
class Result:
    """What one check came to; `fixed` counts what was put right before it was made again."""

    name: str
    title: str
    findings: Sequence[Finding]
    fixed: int = 0

    @property
    def state(self) -> str:
        """`ok`, `warning` or `error`."""
        severities = {finding.severity for finding in self.findings}
        return next((one for one in ("error", "warning") if one in severities), "ok")

    def to_dict(self) -> dict[str, object]:
        """As plain values."""
        return {
            "name": self.name,
            "title": self.title,
            "state": self.state,
            "fixed": self.fixed,
            "findings": [dataclasses.asdict(finding) for finding in self.findings],
        }


@click.command(
    "doctor",
    cls=Command,
    shared=("as_json", "database"),
    examples=("expressb2b doctor", "expressb2b doctor --fix", "expressb2b doctor --json"),
)
@click.option("--fix", is_flag=True, help="Put right what can be put right safely.")
@pass_invocation
def command(invocation: Invocation, fix: bool) -> None:
    """Examine settings, files and database, and name the remedy for each finding.

    The whole database is read: that it is whole, that orders read like their rows, add up and are
    tallied right, that every price follows from its proof, that reserved stock is what open orders
    hold, that events have no gaps, and that each endpoint has a delivery for each event it wants,
    of the last 30 days and since it was last changed. The server may run meanwhile. If anything is
    wrong, the exit code is 1.

    With --fix, reserved stock and tallies are counted again, and the secret is closed to other
    users.
    """
    results = []
    for result in _results(invocation, fix=fix):
        results.append(result)
        if not invocation.as_json:
            click.echo(_text(result))
    is_sound = all(result.state != "error" for result in results)
    if invocation.as_json:
        output.print_json({"ok": is_sound, "checks": [result.to_dict() for result in results]})
    if not is_sound:
        click.get_current_context().exit(ExitCode.FAILED)


def _results(invocation: Invocation, *, fix: bool) -> Iterator[Result]:
    """The results, as they come; the first that stands in the way of the others is the last."""
    settings = Result("settings", "The settings can be used", list(_settings(invocation)))
    yield settings
    if settings.state == "error":
        return
    with unmigrated(invocation) as database:
        findings = list(schema_findings(database))
    if findings:
        yield Result("schema", "The schema is the one of this release", findings)
        return
    with opened(invocation) as b2b:
        for check in CHECKS:
            yield _examined(b2b.runtime, check, fix=fix)


def _settings(invocation: Invocation) -> Iterator[Finding]:
    try:
        settings_of(invocation)
    except Misconfigured as error:
        yield Finding("error", "settings", error.detail, "Change it as the text says.")
    for told in unknown_variables(os.environ):
        yield Finding("warning", "settings", told, "Correct its name, or remove it.")


def _examined(runtime: Runtime, check: Check, *, fix: bool) -> Result:
    findings = examine(runtime, check)
    if not (fix and check.fix and any(finding.fixable for finding in findings)):
        return Result(check.name, check.title, findings)
    fixed = check.fix(runtime)
    return Result(check.name, check.title, examine(runtime, check), fixed)


def _text(result: Result) -> str:
    mark = {"ok": "✓", "warning": "!", "error": "✗"}[result.state]
    fixed = f" ({result.fixed} put right)" if result.fixed else ""
    lines = [f"{mark} {result.title}{fixed}"]
    for remedy, findings in groupby(result.findings, key=lambda finding: finding.remedy):
        lines += (f"    {finding.where}: {finding.detail}" for finding in findings)
        lines.append(f"      → {remedy}")
    return "\n".join(lines)
