"""`expressb2b`: the list of all commands, and the way in."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from expressb2b_cli.groups import Program

COMMANDS = {
    "serve": "Start the server.",
    "init": "Make the database and its secret, and say what comes next.",
    "doctor": "Examine database, files and settings, and name remedies.",
    "version": "Show the versions of the program and of its interface.",
    "config": "See the settings, and where each comes from.",
    "demo": "Fill a workspace with a believable wholesaler.",
    "workspaces": "Make and list workspaces (tenants).",
    "keys": "Make, list, rotate and revoke API keys.",
    "webhooks": "Register endpoints, and see and repeat what they were sent.",
    "orders": "List, decide, ship and export orders.",
    "products": "List, import and export products.",
    "prices": "See which price applies, and why.",
    "accounts": "List and import billing accounts.",
    "events": "Read what happened to orders.",
    "listen": "Forward events to a program on this machine.",
    "trigger": "Make a sample event really happen.",
    "admin": "Let people into the panel, and shut them out.",
    "db": "See and bring up to date the database, and forget what is old.",
    "backup": "Back up, verify and restore a SQLite database with its secret.",
    "ask": "Answer a question from the documentation.",
    "openapi": "Print the OpenAPI document of the interface.",
    "completion": "Print the script that completes commands in your shell.",
}


@click.group(
    "expressb2b",
    cls=Program,
    lazy=COMMANDS,
    examples=(
        "expressb2b init",
        "expressb2b keys create --name ERP",
        "expressb2b orders list --status pending_approval --json",
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def cli() -> None:
    """Express B2B: negotiated prices, approvals, stock and events for wholesalers.

    All commands work on the same database as the server, whether it runs or not. Settings come
    from options, then from EXPRESSB2B_… variables: see `expressb2b config show`.
    """


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    cli.main(prog_name="expressb2b")
    raise AssertionError("main exits")
