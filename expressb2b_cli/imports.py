"""What the imports of the command line share: their options, progress, report and exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce, wraps

import click

from expressb2b_cli import output, streams
from expressb2b_cli.exit_codes import ExitCode
from expressb2b_cli.invocation import Invocation
from expressb2b_core.services.spreadsheets.importing import ImportResult

_SHOWN_REJECTIONS = 20


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What `import_options` adds to a command."""

    source: str
    dry_run: bool
    create_tiers: bool
    encoding: str
    rejected: str | None


def import_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the argument FILE and the options of an import, which the command gets as `options`."""

    @wraps(command)
    def with_options(
        *arguments: object,
        source: str,
        dry_run: bool,
        create_tiers: bool,
        encoding: str,
        rejected: str | None,
    ) -> None:
        options = ImportOptions(source, dry_run, create_tiers, encoding, rejected)
        command(*arguments, options=options)

    options = (
        click.option(
            "--encoding",
            default="utf-8-sig",
            metavar="NAME",
            help="UTF-8 if not given; older programs of Windows write cp1252.",
        ),
        click.option(
            "--create-tiers", is_flag=True, help="Make the pricing tiers that do not exist."
        ),
        click.option("--rejected", metavar="FILE", help="Write the rejected rows there, as CSV."),
        click.option("--dry-run", is_flag=True, help="Write nothing; say what would happen."),
        click.argument("source", metavar="FILE"),
    )
    return reduce(lambda decorated, option: option(decorated), options, with_options)


def report(
    invocation: Invocation, result: ImportResult, columns: Sequence[str], options: ImportOptions
) -> None:
    """Tell what an import came to, write the file of rejected rows, and end with the right code."""
    if options.rejected is not None:
        streams.write_lines(options.rejected, result.rejected_csv(columns))
    if invocation.as_json:
        output.print_json(result.to_dict())
    else:
        _print(result, options)
    if result.rejected:
        click.get_current_context().exit(ExitCode.ROWS_REJECTED)


def _print(result: ImportResult, options: ImportOptions) -> None:
    for one in result.rejected[:_SHOWN_REJECTIONS]:
        output.note(f"row {one.row.number}: {one.reason}")
    hidden = len(result.rejected) - _SHOWN_REJECTIONS
    if hidden > 0:
        output.note(f"… and {hidden} more rows; --rejected FILE writes them all")
    click.echo(
        f"created {result.created}, updated {result.updated}, unchanged {result.unchanged}; "
        f"{len(result.rejected)} of {result.rows} rows rejected"
    )
    if result.dry_run:
        output.note("This was a dry run: nothing was written.")
    if options.rejected is not None and result.rejected:
        output.note(f"The rejected rows are in {options.rejected}; correct them and import it.")
