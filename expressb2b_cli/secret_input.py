"""Reading a secret: from a file, standard input, the environment or a prompt, never from a flag.

What stands on a command line can be read by everybody on the machine, and stays in the history.
"""

from __future__ import annotations

import os
import sys

import click

from expressb2b_cli import streams
from expressb2b_cli.exit_codes import ExitCode, Failure


def read_secret(name: str, option: str, source: str | None, variable: str) -> str:
    """A secret.

    Args:
        name: What people call it, such as `API key`.
        option: The option that names a file, such as `--key-file`.
        source: What that option was given: a file, `-` for standard input, or nothing.
        variable: The environment variable that may hold it.

    Raises:
        Failure: it is nowhere, and there is no terminal to ask for it.
    """
    if source is not None:
        found = streams.read_bytes(source).decode("utf-8", "replace")
    elif variable in os.environ:
        found = os.environ[variable]
    elif sys.stdin.isatty():
        found = click.prompt(name, hide_input=True, err=True)
    else:
        found = ""
    if not found.strip():
        detail = (
            f"The {name} is missing: set {variable}, or give {option} FILE (- is standard input)."
        )
        raise Failure(ExitCode.USAGE, "usage", detail)
    return found.strip()
