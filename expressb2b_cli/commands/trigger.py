"""`expressb2b trigger`: a sample event that really happens."""

from __future__ import annotations

import click

from expressb2b_cli import output, sample
from expressb2b_cli.exit_codes import ExitCode, Failure
from expressb2b_cli.groups import Command
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.session import ACTOR, opened
from expressb2b_core import Event, ExpressB2B
from expressb2b_core.rules.order_states import EVENTS
from expressb2b_core.services import workspaces

SANDBOX = "sandbox"


@click.command(
    "trigger",
    cls=Command,
    examples=(
        "expressb2b trigger order.approved",
        "expressb2b trigger order.fulfilled --workspace berlin --yes --json",
    ),
)
@click.argument("event", type=click.Choice(EVENTS), metavar="EVENT")
@click.option("--yes", is_flag=True, help="In another workspace than the sandbox, too.")
@pass_invocation
def command(invocation: Invocation, event: str, yes: bool) -> None:
    """Place a sample order, and let happen to it what EVENT tells.

    EVENT is order.placed, order.approved, order.rejected, order.fulfilled or order.cancelled. The
    events that lead there happen as well, and endpoints and readers of the workspace hear of all.

    It happens in the workspace `sandbox`, which is made where it is missing. Another one is
    refused with exit code 4 unless told with --yes, since the order stands among real ones.
    """
    name = invocation.workspace or SANDBOX
    if name != SANDBOX and not yes:
        detail = f"A sample order would stand among the real ones of {name}. Say --yes to place it."
        raise Failure(ExitCode.REFUSED, "not_a_sandbox", detail)
    happened: list[Event] = []
    with opened(invocation, makes=True) as b2b:
        if name == SANDBOX:
            _make_sandbox(b2b)
        b2b.on("*", happened.append)
        order = sample.make_happen(b2b.workspace(name, actor=ACTOR), event)
    told = {
        "workspace": name,
        "order_id": order.id,
        "order_number": order.number,
        "status": order.status,
        "events": [{"seq": one.seq, "event": one.type, "id": one.document.id} for one in happened],
    }
    output.show(invocation, told)


def _make_sandbox(b2b: ExpressB2B) -> None:
    if workspaces.find(b2b.runtime, SANDBOX) is None:
        b2b.create_workspace(SANDBOX, actor=ACTOR)
        output.note(f"Made the workspace {SANDBOX}.")
