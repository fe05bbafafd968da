"""`expressb2b webhooks verify`: is this request genuine?"""

from __future__ import annotations

import json

import click

from expressb2b_cli import output, streams
from expressb2b_cli.exit_codes import ExitCode, Failure
from expressb2b_cli.groups import Command
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.option_types import moment
from expressb2b_cli.secret_input import read_secret
from expressb2b_core.inputs import moments
from expressb2b_core.rules import signing
from expressb2b_core.rules.signing import WebhookVerificationFailed
from expressb2b_core.runtime import SystemClock

SECRET_VARIABLE = "EXPRESSB2B_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable


@click.command(
    "verify",
    cls=Command,
    shared=("as_json",),
    examples=(
        "expressb2b webhooks verify --headers head.txt --body body.json --secret-file secret.txt",
        "expressb2b webhooks verify --headers head.txt --body body.json --at 2026-03-15T14:32:08Z",
    ),
)
@click.option(
    "--headers",
    required=True,
    metavar="FILE",
    help="The request's headers: `Name: value` lines, or a JSON object.",
)
@click.option("--body", required=True, metavar="FILE", help="The body, exactly as received.")
@click.option("--secret-file", metavar="FILE", help="Holds the secret; - is standard input.")
@click.option("--at", "asked_at", type=moment, metavar="TIME", help="Judge its age at that time.")
@click.option(
    "--tolerance",
    type=click.IntRange(min=0),
    default=signing.DEFAULT_TOLERANCE_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How far the signature's time may be away.",
)
@pass_invocation
def verify(
    invocation: Invocation,
    headers: str,
    body: str,
    secret_file: str | None,
    asked_at: str | None,
    tolerance: int,
) -> None:
    """Check the signature of a webhook request that was received.

    The secret (`whsec_…`) comes from --secret-file, EXPRESSB2B_WEBHOOK_SECRET, or a prompt. A
    request that is not genuine ends with exit code 4.
    """
    secret = read_secret("signing secret", "--secret-file", secret_file, SECRET_VARIABLE)
    now = SystemClock().now() if asked_at is None else moments.parse(asked_at)
    found = _headers(streams.read_bytes(headers).decode("utf-8", "replace"))
    try:
        signing.verify_webhook(secret, found, streams.read_bytes(body), now, tolerance)
    except WebhookVerificationFailed:
        raise
    except ValueError as error:
        raise Failure(ExitCode.USAGE, "invalid_secret", f"{error}.") from error
    if invocation.as_json:
        output.print_json({"genuine": True})
    else:
        click.echo("Genuine.")


COMMANDS = (verify,)


def _headers(text: str) -> dict[str, str]:
    """Headers as a JSON object, or as the lines of a request; its first line is passed over."""
    try:
        found = json.loads(text)
    except ValueError:
        pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
        return {name.strip(): value.strip() for name, _, value in pairs}
    if not isinstance(found, dict):
        raise Failure(ExitCode.USAGE, "usage", "The headers are JSON, but no object.")
    return {str(name): str(value) for name, value in found.items()}
