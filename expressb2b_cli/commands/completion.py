"""`expressb2b completion`: the script that completes commands and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from expressb2b_cli.groups import Command


@click.command(
    "completion",
    cls=Command,
    shared=(),
    examples=(
        "expressb2b completion bash > ~/.local/share/bash-completion/completions/expressb2b",
        'expressb2b completion zsh > "${fpath[1]}/_expressb2b"',
        "expressb2b completion fish > ~/.config/fish/completions/expressb2b.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that completes commands and options in SHELL."""
    program = click.get_current_context().find_root().command
    kind = get_completion_class(shell)
    assert kind is not None, "click knows all shells of the choice"
    click.echo(kind(program, {}, "expressb2b", "_EXPRESSB2B_COMPLETE").source())
