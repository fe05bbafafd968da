"""Billing accounts as rows: one for each site or person, with the account's columns repeated."""

from __future__ import annotations

from collections.abc import Sequence

from expressb2b_core.errors import Conflict, FieldError, ValidationFailed
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.spreadsheets.account_groups import COLUMNS, AccountGroup, group_rows
from expressb2b_core.services.spreadsheets.account_upserts import upsert
from expressb2b_core.services.spreadsheets.importing import (
    ImportResult,
    Progress,
    unwatched,
    write_or_try,
)
from expressb2b_core.services.spreadsheets.sheets import Sheet, read_sheet
from expressb2b_core.services.spreadsheets.tier_columns import (
    make_tiers,
    missing_tiers,
    refuse_missing,
)

__all__ = ["COLUMNS", "import_accounts", "read"]


def read(data: bytes, encoding: str = "utf-8-sig") -> Sheet:
    """The rows of a file of accounts; `ValidationFailed` when it cannot be read as one."""
    return read_sheet(data, COLUMNS, required=("name",), encoding=encoding)


def import_accounts(
    scope: Scope,
    sheet: Sheet,
    *,
    dry_run: bool = False,
    create_tiers: bool = False,
    progress: Progress = unwatched,
) -> ImportResult:
    """Make or change an account with its sites and people, each in one transaction.

    Rows with the same `external_id`, or where there is none the same `name`, are one account. When
    one of its rows is refused, all of them are, and nothing of the account is written.

    Args:
        scope: The workspace.
        sheet: What `read` gave.
        dry_run: Write nothing; only tell what would happen.
        create_tiers: Make the tiers that are named and do not exist.
        progress: Called with the number of rows that were done.

    Raises:
        ValidationFailed: there is no tier of a name that stands in the file.
    """
    named = (row.cells["pricing_tier"] for row in sheet.rows if "pricing_tier" in row.cells)
    missing = missing_tiers(scope, named)
    if not create_tiers:
        refuse_missing(dict.fromkeys(missing, "/pricing_tier"))
    result = ImportResult(dry_run, len(sheet.rows))
    for group in group_rows(sheet.rows):
        _import_group(scope, group, missing, result)
        progress(len(group.rows))
    return result


def _import_group(
    scope: Scope, group: AccountGroup, new_tiers: Sequence[str], result: ImportResult
) -> None:
    def work() -> str:
        make_tiers(scope, new_tiers)
        return upsert(scope, group)

    if group.problems:
        _reject(result, group, group.problems)
        return
    try:
        result.count(write_or_try(scope.runtime.database, work, dry_run=result.dry_run))
    except ValidationFailed as refused:
        _reject(result, group, refused.errors)
    except Conflict as refused:
        _reject(result, group, [FieldError("", refused.code, refused.detail)])


def _reject(result: ImportResult, group: AccountGroup, errors: Sequence[FieldError]) -> None:
    for row in group.rows:
        result.reject(row, errors)
