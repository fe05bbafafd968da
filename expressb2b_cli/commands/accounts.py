"""`expressb2b accounts`: see billing accounts, import them."""

from __future__ import annotations

import click

from expressb2b_cli import imports, output, pages, streams
from expressb2b_cli.groups import Group
from expressb2b_cli.imports import ImportOptions, import_options
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.lookups import account_id
from expressb2b_cli.option_types import bound
from expressb2b_cli.output import Column
from expressb2b_cli.pages import Paging, page_options
from expressb2b_cli.session import workspace_of
from expressb2b_core.services.spreadsheets import accounts as rows

_COLUMNS = (
    Column("NAME", "name"),
    Column("EXTERNAL ID", "external_id"),
    Column("TIER", "pricing_tier"),
    Column("SITES", "sites_count", right=True),
    Column("LEVELS", "approval.levels", right=True),
    Column("ACTIVE", "active"),
    Column("ID", "id"),
)

command = Group("accounts", help="List and import billing accounts.")


@command.command(
    "list",
    examples=(
        "expressb2b accounts list --search midwest",
        "expressb2b accounts list --tier volume_b --all --json",
    ),
)
@click.option("--search", metavar="TEXT", help="Found in the name.")
@click.option("--external-id", help="Your id of the account.")
@click.option("--tier", metavar="CODE", help="Of this pricing tier.")
@click.option("--active/--inactive", default=None, help="Only those that may, or may not, order.")
@click.option("--updated-since", type=bound, metavar="TIME", help="Changed since then.")
@page_options
@pass_invocation
def list_(
    invocation: Invocation,
    search: str | None,
    external_id: str | None,
    tier: str | None,
    active: bool | None,
    updated_since: str | None,
    paging: Paging,
) -> None:
    """List billing accounts, oldest first."""
    query = {
        "q": search,
        "external_id": external_id,
        "pricing_tier": tier,
        "active": active,
        "updated_since": updated_since,
    }
    with workspace_of(invocation) as workspace:
        found, meta = pages.read(workspace.accounts.list, query, paging)
    pages.show(invocation, found, _COLUMNS, meta)


@command.command(
    "show",
    examples=("expressb2b accounts show K-1042", "expressb2b accounts show $ACCOUNT --json"),
)
@click.argument("account")
@pass_invocation
def show(invocation: Invocation, account: str) -> None:
    """Show one billing account with its sites, its people and its approval levels.

    ACCOUNT is its id or its external id.
    """
    with workspace_of(invocation) as workspace:
        found = workspace.accounts.get(account_id(workspace, account))
        people = workspace.contacts.iterate(found.id, per_page=100)
        contacts = [contact.to_dict() for contact in people]
    output.show(invocation, found.to_dict() | {"contacts": contacts})


@command.command(
    "import",
    examples=(
        "expressb2b accounts import customers.csv --dry-run",
        "expressb2b accounts import customers.csv --rejected rejected.csv",
        "expressb2b accounts import - --create-tiers --json < customers.csv",
    ),
)
@import_options
@pass_invocation
def import_(invocation: Invocation, options: ImportOptions) -> None:
    """Make and change billing accounts from a CSV file, with their sites and people.

    FILE is a file, or - for standard input. Its first row names the columns: external_id, name,
    pricing_tier, active, site_name, site_external_id, site_active, contact_name, contact_email,
    contact_roles (buyer, approver, or both). Only name must be there.

    Rows with the same external_id, or where there is none the same name, are one account: one row
    for each further site or person. Sites are known by their external id or name, people by their
    address. An empty cell leaves the field as it is.

    An account is written whole or not at all: when one of its rows is refused, all of them are. If
    there are any, the exit code is 7.
    """
    sheet = rows.read(streams.read_bytes(options.source), options.encoding)
    with (
        workspace_of(invocation, makes=True) as workspace,
        output.progress("Accounts", len(sheet.rows)) as progress,
    ):
        result = rows.import_accounts(
            workspace.scope,
            sheet,
            dry_run=options.dry_run,
            create_tiers=options.create_tiers,
            progress=progress,
        )
    imports.report(invocation, result, sheet.columns, options)
