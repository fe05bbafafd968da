"""`expressb2b config`: the settings, and where each comes from."""

from __future__ import annotations

import dataclasses
import os

from expressb2b_cli import output
from expressb2b_cli.exit_codes import ExitCode, Failure
from expressb2b_cli.groups import Group
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.output import Column
from expressb2b_cli.session import settings_of
from expressb2b_server.settings import unknown_variables

_COLUMNS = (
    Column("SETTING", "name"),
    Column("VALUE", "value"),
    Column("FROM", "source"),
    Column("VARIABLE", "variable"),
    Column("FLAG", "flag"),
)

command = Group("config", help="See the settings, and where each comes from.")


@command.command(
    "show",
    shared=("as_json", "database"),
    examples=("expressb2b config show", "EXPRESSB2B_PORT=9000 expressb2b config show --json"),
)
@pass_invocation
def show(invocation: Invocation) -> None:
    """Show every setting with its value, and where it comes from.

    Settings come from flags, then from the environment, then from defaults. Secrets only say
    whether they are set.
    """
    rows = [dataclasses.asdict(row) for row in settings_of(invocation).shown()]
    output.show_list(invocation, rows, _COLUMNS, {"total": len(rows)})


@command.command(
    "check",
    shared=("as_json", "database"),
    examples=("expressb2b config check", "expressb2b config check --json"),
)
@pass_invocation
def check(invocation: Invocation) -> None:
    """Check that the settings can be used; exit with 1 and the remedy if not.

    A variable that begins with EXPRESSB2B_ and is no setting is taken for a mistake in typing.
    """
    settings_of(invocation)
    unknown = unknown_variables(os.environ)
    if unknown:
        raise Failure(ExitCode.FAILED, "unknown_setting", " ".join(unknown))
    if invocation.as_json:
        output.print_json({"ok": True})
    else:
        output.note("The settings are sound.")
