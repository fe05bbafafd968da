"""The reference page of the command line, generated from the commands: see `tools.reference`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from expressb2b_cli.exit_codes import MEANINGS
from expressb2b_cli.groups import Command
from expressb2b_cli.main import cli

PROGRAM = "expressb2b"

_HEAD = """\
# The command line

<!-- Written by `make docs` from the commands; do not edit. -->

`expressb2b` (or `python cli.py` in a source tree) works on the same database as the server,
whether the server runs or not. Settings come from options, then from `EXPRESSB2B_…` variables:
`expressb2b config show` lists them.

- `--json`, `--database ADDRESS` and `--workspace NAME` may stand before or after the command.
- With `--json` the answer is one line of JSON on standard output. Lists are
  `{"data": […], "meta": {…}}`; a failure is `{"error": {"code": …, "detail": …, "errors": […]}}`
  on standard error, which is empty otherwise. Without it, messages and progress go there.
- Secrets are read from a file, standard input, the environment or a prompt, never from an option.
  Nothing is asked when standard input is no terminal.
- `expressb2b completion bash`, `zsh` or `fish` prints the script that completes commands.
"""


def page() -> str:
    """The whole page, as Markdown."""
    parts = [_HEAD, _exit_codes()]
    for name, command in sorted(_members(click.Context(cli, info_name=PROGRAM), cli)):
        context = click.Context(command, info_name=f"{PROGRAM} {name}")
        parts.append(_section(context, command, level=2))
        if isinstance(command, click.Group):
            parts += (
                _section(click.Context(one, info_name=f"{PROGRAM} {name} {inner}"), one, level=3)
                for inner, one in _members(context, command)
            )
    return "\n".join(parts)


def _members(context: click.Context, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        yield name, command


def _exit_codes() -> str:
    rows = (f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items())
    return "\n".join(["## Exit codes", "", "| code | meaning |", "|---|---|", *rows, ""])


def _section(context: click.Context, command: click.Command, level: int) -> str:
    title = str(context.info_name).removeprefix(f"{PROGRAM} ")
    lines = [f"{'#' * level} {title}", "", inspect.cleandoc(command.help or ""), ""]
    if isinstance(command, Command):
        usage = " ".join([str(context.info_name), *command.collect_usage_pieces(context)])
        lines += ["```text", usage, "```", "", *_options(context, command)]
        lines += ["```bash", *command.examples, "```", ""]
    return "\n".join(lines)


def _options(context: click.Context, command: click.Command) -> list[str]:
    records = [
        parameter.get_help_record(context)
        for parameter in command.params
        if isinstance(parameter, click.Option)
    ]
    if not records:
        return []
    return [*(f"- `{record[0]}` – {record[1]}" for record in records if record), ""]


if __name__ == "__main__":
    click.echo(page(), nl=False)
