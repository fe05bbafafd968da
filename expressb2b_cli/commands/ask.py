"""`expressb2b ask`: answers from the documentation, on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from expressb2b_cli import output
from expressb2b_cli.exit_codes import ExitCode, Failure
from expressb2b_cli.groups import Command
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.session import settings_of
from expressb2b_server.documentation import answering
from expressb2b_server.documentation.answering import Answer
from expressb2b_server.documentation.book import Book, NotBuilt


@click.command(
    "ask",
    cls=Command,
    shared=("as_json",),
    examples=(
        'expressb2b ask "How do I verify the signature of a webhook?"',
        "expressb2b ask rate limit --json",
    ),
)
@click.argument("question", nargs=-1, required=True)
@pass_invocation
def command(invocation: Invocation, question: tuple[str, ...]) -> None:
    """Answer QUESTION with the passages of the documentation that hold most of it.

    Only the installed pages are looked through, on this machine: no question leaves it. When they
    have no answer, the exit code is 3.
    """
    answered = answering.answer(answering.index_of(_book()), " ".join(question))
    settings = settings_of(invocation)
    base_url = settings.url_at(settings.port)
    if not answered.found:
        detail = f"The documentation has no answer to {answered.question!r}; see {base_url}/docs."
        raise Failure(ExitCode.NOT_FOUND, "no_answer", detail)
    if invocation.as_json:
        output.print_json(json.loads(answering.as_json(answered, base_url)))
    else:
        click.echo("\n".join(_lines(answered, base_url)))


def _book() -> Book:
    try:
        return Book()
    except NotBuilt as not_built:
        raise Failure(ExitCode.FAILED, "not_built", str(not_built)) from None


def _lines(answered: Answer, base_url: str) -> Iterator[str]:
    for one in answered.found:
        yield click.style(one.passage.title, bold=True)
        yield f"{base_url}{answering.passage_address(one.passage)}"
        yield f"\n{one.passage.markdown}\n"
