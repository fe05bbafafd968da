"""Commands and groups as this program has them: shared options, examples, loading when needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from expressb2b_cli.exit_codes import ExitCode
from expressb2b_cli.invocation import shared_options

EVERYWHERE = ("as_json", "database", "workspace")


class Command(click.Command):
    """A command with examples, and with the shared options that mean something to it."""

    def __init__(
        self,
        *args: Any,
        examples: Sequence[str] = (),
        shared: Iterable[str] = EVERYWHERE,
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self.examples = tuple(examples)
        self.params += shared_options(shared)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples after the options."""
        _write_examples(formatter, self.examples)


class Group(click.Group):
    """A group of commands. Its shared options are accepted, and shown by its commands."""

    command_class = Command

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params += shared_options(EVERYWHERE, hidden=True)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order in which they were declared."""
        return list(self.commands)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one example of each command."""
        commands = (one for one in self.commands.values() if isinstance(one, Command))
        _write_examples(formatter, [one.examples[0] for one in commands])


class Program(click.Group):
    """The whole program: knows the names of its commands, and loads the one that is asked for.

    `lazy` maps each name to its one-line help; the command is `command` in the module of that
    name in `expressb2b_cli.commands`.
    """

    def __init__(
        self,
        *args: Any,
        lazy: Mapping[str, str],
        examples: Sequence[str],
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self.params += shared_options(EVERYWHERE)
        self.examples = tuple(examples)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return None
        module = import_module(f"expressb2b_cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._lazy.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples after the commands."""
        _write_examples(formatter, self.examples)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of commands without loading any."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=text)
            for name, text in self._lazy.items()
            if name.startswith(incomplete)
        ]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that has seen enough (`| head`) ends it quietly."""
        try:
            found = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(ExitCode.DONE)
        return found

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run a command line and exit with one of `ExitCode`."""
        arguments = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        try:
            found = super().main(arguments, *rest, **extra)
        except Exception as error:
            sys.exit(_tell(error, as_json="--json" in arguments))
        sys.exit(found if isinstance(found, int) else ExitCode.DONE)


def _write_examples(formatter: click.HelpFormatter, examples: Iterable[str]) -> None:
    with formatter.section("Examples"):
        for example in examples:
            formatter.write(f"{' ' * formatter.current_indent}{example}\n")


def _tell(error: Exception, *, as_json: bool) -> ExitCode:
    from expressb2b_cli import failures  # noqa: PLC0415 - loads the library, so not before it fails

    report = failures.report_of(error)
    if report is None and not as_json:
        raise error
    report = report or failures.internal_report(error)
    click.echo(report.json if as_json else report.text, err=True)
    return report.exit_code
