"""`expressb2b prices`: which price applies, and why."""

from __future__ import annotations

import click

from expressb2b_cli import output
from expressb2b_cli.candidates import CANDIDATES
from expressb2b_cli.groups import Group
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.lookups import account_id
from expressb2b_cli.option_types import moment
from expressb2b_cli.session import workspace_of
from expressb2b_core.inputs.catalog import PriceQuestion
from expressb2b_core.services.price_questions import PriceAnswer

command = Group("prices", help="See which price applies, and why.")


@command.command(
    "explain",
    examples=(
        "expressb2b prices explain NAP-LIN-WHT-200 --account K-1042 --qty 40",
        "expressb2b prices explain NAP-LIN-WHT-200 --account K-1042 --at 2026-03-15T14:32:07Z",
    ),
)
@click.argument("sku")
@click.option("--account", required=True, help="Who asks: an account's id or external id.")
@click.option("--qty", type=int, default=1, show_default=True, help="How many.")
@click.option("--at", "asked_at", type=moment, metavar="TIME", help="When; now if not given.")
@pass_invocation
def explain(invocation: Invocation, sku: str, account: str, qty: int, asked_at: str | None) -> None:
    """Show which price an account pays for SKU, and why every other price lost.

    The account's own price goes before its tier's, and that before the base price. Of these, the
    largest quantity that is reached counts, then the latest start.
    """
    with workspace_of(invocation) as workspace:
        question = PriceQuestion(billing_account_id=account_id(workspace, account), qty=qty)
        if asked_at is not None:
            question["at"] = asked_at
        answer = workspace.products.price(sku, **question)
    if invocation.as_json:
        output.print_json(answer.to_dict())
    else:
        _print(answer)


def _print(answer: PriceAnswer) -> None:
    if answer.unit_price is None:
        click.echo(f"No price applies to {answer.qty} of {answer.sku} at {answer.at}.")
    else:
        click.echo(
            f"{answer.qty} of {answer.sku} at {answer.at}: {answer.unit_price} each, "
            f"{answer.line_total} in all."
        )
    if answer.candidates:
        click.echo("\n" + "\n".join(output.table_lines(answer.candidates, CANDIDATES)))
