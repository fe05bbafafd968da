"""`expressb2b webhooks`: endpoints, what they were sent, and the check of a signature."""

from __future__ import annotations

from expressb2b_cli.commands.webhooks import deliveries, endpoints, verification
from expressb2b_cli.groups import Group

command = Group(
    "webhooks",
    help="Register endpoints, and see and repeat what they were sent.",
    commands=[*endpoints.COMMANDS, *deliveries.COMMANDS, *verification.COMMANDS],
)
