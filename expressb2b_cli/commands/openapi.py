"""`expressb2b openapi`: the description of the interface."""

from __future__ import annotations

import json

import click

from expressb2b_cli import streams
from expressb2b_cli.groups import Command
from expressb2b_core import ExpressB2B
from expressb2b_server.api.description import document
from expressb2b_server.app import create_app


@click.command(
    "openapi",
    cls=Command,
    shared=("as_json",),
    examples=("expressb2b openapi", "expressb2b openapi --output openapi.json"),
)
@click.option("--output", "target", default="-", metavar="FILE", help="Else standard output.")
def command(target: str) -> None:
    """Print the OpenAPI 3.1 document: every path, every schema, the webhooks.

    The server answers with the same at /api/openapi.json.
    """
    with ExpressB2B("sqlite:///:memory:") as b2b:
        routes = create_app(b2b).routes
        described = document.document(routes, b2b.runtime.versions.names)
    streams.write_lines(target, [json.dumps(described, indent=2, ensure_ascii=False), "\n"])
