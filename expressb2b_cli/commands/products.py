"""`expressb2b products`: see the catalog, import and export it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import click

from expressb2b_cli import exports, imports, output, pages, streams
from expressb2b_cli.exports import ExportOptions, export_options
from expressb2b_cli.groups import Group
from expressb2b_cli.imports import ImportOptions, import_options
from expressb2b_cli.invocation import Invocation, pass_invocation
from expressb2b_cli.option_types import bound
from expressb2b_cli.output import Column
from expressb2b_cli.pages import Paging, page_options
from expressb2b_cli.session import workspace_of
from expressb2b_core import Workspace
from expressb2b_core.services.product_documents import Product
from expressb2b_core.services.spreadsheets import products as rows
from expressb2b_core.services.spreadsheets.sheets import csv_lines

_COLUMNS = (
    Column("SKU", "sku"),
    Column("NAME", "name"),
    Column("BASE PRICE", "base_price", right=True),
    Column("AVAILABLE", "inventory.available", right=True),
    Column("ACTIVE", "active"),
    Column("UPDATED", "updated_at"),
)

command = Group("products", help="List, import and export products.")


@command.command(
    "list",
    examples=(
        "expressb2b products list --search napkin",
        "expressb2b products list --updated-since 2026-03-15 --all --json",
    ),
)
@click.option("--search", metavar="TEXT", help="Found in SKU or name.")
@click.option("--active/--archived", default=None, help="Only those that are, or are not, sold.")
@click.option("--updated-since", type=bound, metavar="TIME", help="Changed since then.")
@click.option(
    "--sort",
    type=click.Choice(["sku", "updated_at", "-updated_at"]),
    default="sku",
    show_default=True,
    help="`-` is newest first.",
)
@page_options
@pass_invocation
def list_(
    invocation: Invocation,
    search: str | None,
    active: bool | None,
    updated_since: str | None,
    sort: str,
    paging: Paging,
) -> None:
    """List products by SKU."""
    query = {"q": search, "active": active, "updated_since": updated_since, "sort": sort}
    with workspace_of(invocation) as workspace:
        found, meta = pages.read(workspace.products.list, query, paging)
    pages.show(invocation, found, _COLUMNS, meta)


@command.command(
    "show",
    examples=(
        "expressb2b products show NAP-LIN-WHT-200",
        "expressb2b products show NAP-LIN-WHT-200 --json",
    ),
)
@click.argument("sku")
@pass_invocation
def show(invocation: Invocation, sku: str) -> None:
    """Show one product with its stock and its prices."""
    with workspace_of(invocation) as workspace:
        output.show(invocation, workspace.products.get(sku).to_dict())


@command.command(
    "import",
    examples=(
        "expressb2b products import catalog.csv --dry-run",
        "expressb2b products import catalog.csv --rejected rejected.csv",
        "expressb2b products import - --json < catalog.csv",
    ),
)
@import_options
@pass_invocation
def import_(invocation: Invocation, options: ImportOptions) -> None:
    """Make and change products from a CSV file, one row each, known by the SKU.

    FILE is a file, or - for standard input. Its first row names the columns: sku, name,
    description, unit, base_price, min_qty, multiple, active, on_hand, external_id, and price:TIER
    for the price of a tier, such as price:volume_b. Only sku must be there, and name for new
    products.

    An empty cell leaves the field as it is. A row that is refused stops no other; if there are
    any, the exit code is 7.
    """
    sheet = rows.read(streams.read_bytes(options.source), options.encoding)
    with (
        workspace_of(invocation, makes=True) as workspace,
        output.progress("Products", len(sheet.rows)) as progress,
    ):
        result = rows.import_products(
            workspace.scope,
            sheet,
            dry_run=options.dry_run,
            create_tiers=options.create_tiers,
            progress=progress,
        )
    imports.report(invocation, result, sheet.columns, options)


@command.command(
    "export",
    examples=(
        "expressb2b products export > catalog.csv",
        "expressb2b products export --format jsonl --output catalog.jsonl",
        "expressb2b products export --json",
    ),
)
@export_options("Rows that `products import` reads, or one JSON document for each product.")
@pass_invocation
def export_(invocation: Invocation, options: ExportOptions) -> None:
    """Write all products as CSV or as JSON lines.

    CSV has the base price and the plain price of each tier; prices of accounts, from a quantity
    on, or for a period are in JSON only. With --json all products are one JSON document, or, with
    --output, the answer says what was written.
    """
    with workspace_of(invocation) as workspace:
        found = workspace.products.iterate(per_page=100)
        as_csv = partial(_csv_lines, workspace)
        exports.export(invocation, options, found, as_csv, "products")


def _csv_lines(workspace: Workspace, products: Iterator[Product]) -> Iterator[str]:
    tiers = [tier.code for tier in workspace.tiers.iterate(per_page=100)]
    columns = [*rows.COLUMNS, *(f"{rows.TIER_PREFIX}{code}" for code in tiers)]
    return csv_lines(columns, (rows.export_row(one, tiers) for one in products))
