"""`python server.py`: flags and environment to settings, refusals to one sentence."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from typing import NoReturn

import click

from expressb2b_core.errors import ExpressB2BError
from expressb2b_server import settings as settings_table
from expressb2b_server.logs import log_to_stderr
from expressb2b_server.release import release
from expressb2b_server.running import serve
from expressb2b_server.serving import CannotListen

_log = logging.getLogger("expressb2b.settings")

Decorated = Callable[..., None]


def server_options(command: Decorated) -> Decorated:
    """Give a command an option for each setting that has a flag."""
    for row in reversed(list(settings_table.table())):
        if row.flag is not None:
            command = _option(row)(command)
    return command


def run(flags: Mapping[str, object]) -> None:
    """Serve with these flags (by setting's name); refusals exit with one sentence.

    The exit code is 2 for a flag that is not right, and 1 for anything else.
    """
    log_to_stderr()
    given = {name: None if said in (None, False) else str(said) for name, said in flags.items()}
    try:
        settings = settings_table.load(given, os.environ)
        for told in settings_table.unknown_variables(os.environ):
            _log.warning("%s", told)
        serve(settings, click.echo)
    except (ExpressB2BError, CannotListen) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(_exit_code(error)) from None


def _exit_code(error: Exception) -> int:
    return 2 if isinstance(error, settings_table.UnusableFlag) else 1


def main() -> NoReturn:
    """Run the server of this process and exit."""
    _command.main(prog_name="server.py")
    raise AssertionError("main exits")


def _option(row: settings_table.Setting) -> Callable[[Decorated], Decorated]:
    variable = f" [{row.variable}]" if row.variable else ""
    return click.option(
        str(row.flag),
        row.name,
        is_flag=row.variable is None,
        default=None,
        help=row.help + variable,
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@server_options
@click.version_option(release(), prog_name="Express B2B")
def _command(**flags: object) -> None:
    """Start the Express B2B server.

    Makes and migrates the database that is missing. Settings come from these flags, then from
    the environment, then from defaults: `python cli.py config show` lists them all.
    """
    run(flags)
