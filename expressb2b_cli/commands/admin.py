"""`expressb2b admin`: the people who sign in to the panel."""

from __future__ import annotations

import click

from expressb2b_cli import output
from expressb2b_cli.groups import Group
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.output import Column
from expressb2b_cli.secret_input import read_secret
from expressb2b_cli.session import ACTOR, opened, settings_of
from expressb2b_core.inputs.administrators import ROLES
from expressb2b_core.services import setup_links
from expressb2b_core.services.administrators import Administrators

PASSWORD_VARIABLE = "EXPRESSB2B_ADMIN_PASSWORD"  # noqa: S105 - a name, not a password

_COLUMNS = (
    Column("NAME", "name"),
    Column("E-MAIL", "email"),
    Column("ROLE", "role"),
    Column("STATE", "state"),
    Column("LAST SIGN-IN", "last_sign_in_at"),
)

command = Group("admin", help="Let people into the panel, and shut them out.")


@command.command(
    "setup-link",
    shared=("as_json", "database"),
    examples=(
        "expressb2b admin setup-link",
        "expressb2b admin setup-link --for ana@example.com",
    ),
)
@click.option("--for", "reference", help="E-mail address or id of who forgot the password.")
@pass_invocation
def setup_link(invocation: Invocation, reference: str | None) -> None:
    """Make a one-time link into the panel, valid 30 minutes.

    Without --for it makes a new administrator with all rights. With it, that one chooses a new
    password.
    """
    with opened(invocation, makes=True) as b2b:
        found = None if reference is None else Administrators(b2b.runtime).get(reference).id
        path = setup_links.make(b2b.runtime, actor=ACTOR, administrator_id=found)
    settings = settings_of(invocation)
    output.show(
        invocation,
        {
            "url": f"{settings.url_at(settings.port)}{path}",
            "valid_seconds": setup_links.LIFETIME_SECONDS,
        },
    )


@command.command(
    "create",
    shared=("as_json", "database"),
    examples=(
        "expressb2b admin create ana@example.com --name 'Ana Flores'",
        "expressb2b admin create ben@example.com --name Ben --role approver --password-file -",
    ),
)
@click.argument("email")
@click.option("--name", required=True, help="What the person is called.")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="admin",
    show_default=True,
    help="What the person may do in the panel.",
)
@click.option("--password-file", help="A file with the password; - is standard input.")
@pass_invocation
def create(
    invocation: Invocation, email: str, name: str, role: str, password_file: str | None
) -> None:
    """Make an administrator with the address EMAIL.

    The password is asked for, or read from --password-file or EXPRESSB2B_ADMIN_PASSWORD.
    """
    password = read_secret("password", "--password-file", password_file, PASSWORD_VARIABLE)
    with opened(invocation, makes=True) as b2b:
        made = Administrators(b2b.runtime, ACTOR).create(
            name=name, email=email, role=role, password=password
        )
    output.show(invocation, made.to_dict())


@command.command(
    "list",
    shared=("as_json", "database"),
    examples=("expressb2b admin list", "expressb2b admin list --json"),
)
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List all administrators, the disabled ones too."""
    with opened(invocation) as b2b:
        rows = [found.to_dict() for found in Administrators(b2b.runtime).list()]
    output.show_list(invocation, rows, _COLUMNS, {"total": len(rows)})


@command.command(
    "disable",
    shared=("as_json", "database"),
    examples=("expressb2b admin disable ben@example.com",),
)
@click.argument("administrator")
@click.option("--undo", is_flag=True, help="Let the person in again.")
@pass_invocation
def disable(invocation: Invocation, administrator: str, undo: bool) -> None:
    """Let ADMINISTRATOR (an e-mail address or id) in no more, and end all sessions at once."""
    with opened(invocation) as b2b:
        people = Administrators(b2b.runtime, ACTOR)
        changed = people.enable(administrator) if undo else people.disable(administrator)
    output.show(invocation, changed.to_dict())
