"""What is said for all commands: `--json`, `--database`, `--workspace`, wherever they stand.

They are accepted before the command, between group and command, and after it; the last one wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import click


@dataclass(slots=True)
class Invocation:
    """One call of the program."""

    as_json: bool = False
    database: str | None = None
    workspace: str | None = None


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)

_HELP = {
    "as_json": "Answer in JSON on standard output.",
    "database": "The database, such as sqlite:///data/shop.db.",
    "workspace": "The workspace; `default` if not given.",
}


def shared_options(names: Iterable[str], *, hidden: bool = False) -> list[click.Option]:
    """The options of these names, for one command or group."""
    return [_option(name, hidden=hidden) for name in names]


def _option(name: str, *, hidden: bool) -> click.Option:
    flag = "--json" if name == "as_json" else f"--{name}"
    metavars: Mapping[str, str] = {"database": "ADDRESS", "workspace": "NAME"}
    return click.Option(
        [flag, name],
        is_flag=name == "as_json",
        default=None,
        metavar=metavars.get(name),
        help=_HELP[name],
        expose_value=False,
        hidden=hidden,
        callback=_remember,
    )


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> None:
    invocation = context.ensure_object(Invocation)
    if value is not None and value is not False and parameter.name is not None:
        setattr(invocation, parameter.name, value)
