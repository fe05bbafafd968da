"""Products as rows: a column for each field, and one for the price of each tier."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from expressb2b_core.errors import FieldError
from expressb2b_core.inputs.catalog import MAX_BULK
from expressb2b_core.services.bulk import BulkResult
from expressb2b_core.services.catalog import ProductResult, Products
from expressb2b_core.services.product_documents import Product
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.spreadsheets import cells
from expressb2b_core.services.spreadsheets.importing import (
    ImportResult,
    Progress,
    unwatched,
    write_or_try,
)
from expressb2b_core.services.spreadsheets.sheets import Sheet, SheetRow, read_sheet
from expressb2b_core.services.spreadsheets.tier_columns import (
    make_tiers,
    missing_tiers,
    refuse_missing,
)

TIER_PREFIX = "price:"

_FIELDS: Mapping[str, Callable[[str], object]] = {
    "sku": str,
    "name": str,
    "description": str,
    "unit": str,
    "base_price": str,
    "min_qty": cells.whole,
    "multiple": cells.whole,
    "active": cells.flag,
    "on_hand": cells.whole,
    "external_id": str,
}
COLUMNS = tuple(_FIELDS)

_TIER_POINTER = re.compile(r"/pricing/([0-9]+)/price")


class _Record(NamedTuple):
    """A row and the product it describes."""

    row: SheetRow
    fields: Mapping[str, object]


def read(data: bytes, encoding: str = "utf-8-sig") -> Sheet:
    """The rows of a file of products; `ValidationFailed` when it cannot be read as one."""
    return read_sheet(data, COLUMNS, required=("sku",), prefixes=(TIER_PREFIX,), encoding=encoding)


def tiers_of(sheet: Sheet) -> list[str]:
    """The codes of the tiers that the file has prices for."""
    return [
        name.removeprefix(TIER_PREFIX) for name in sheet.columns if name.startswith(TIER_PREFIX)
    ]


def import_products(
    scope: Scope,
    sheet: Sheet,
    *,
    dry_run: bool = False,
    create_tiers: bool = False,
    progress: Progress = unwatched,
) -> ImportResult:
    """Upsert a product for each row, by SKU, up to 500 in one transaction.

    An empty cell leaves the field as it is. A row that is refused stops no other.

    Args:
        scope: The workspace.
        sheet: What `read` gave.
        dry_run: Write nothing; only tell what would happen.
        create_tiers: Make the tiers that the columns name and that do not exist.
        progress: Called with the number of rows that were done.

    Raises:
        ValidationFailed: there is no tier of a column's name.
    """
    missing = missing_tiers(scope, tiers_of(sheet))
    if not create_tiers:
        refuse_missing({code: f"/{TIER_PREFIX}{code}" for code in missing})
    result = ImportResult(dry_run, len(sheet.rows))
    records = _records(sheet, result)
    progress(len(result.rejected))
    for start in range(0, len(records), MAX_BULK):
        part = records[start : start + MAX_BULK]
        work = partial(_upsert, scope, part, missing)
        outcome = write_or_try(scope.runtime.database, work, dry_run=dry_run)
        for record, one in zip(part, outcome, strict=True):
            _note(result, record, one)
        progress(len(part))
    return result


def export_row(product: Product, tiers: Sequence[str]) -> list[str]:
    """A product as a row of `COLUMNS` and one price for each of these tiers.

    Prices of accounts, from a quantity on, or for a period have no place in a row.
    """
    inventory = product.inventory
    values = {name: product[name] for name in COLUMNS if name in product}
    values["on_hand"] = inventory["on_hand"] if inventory["tracked"] else None
    plain = {
        row["tier"]: row["price"]
        for row in product.pricing
        if row["min_qty"] == 1 and row["valid_from"] is None and row["valid_to"] is None
    }
    return [
        *(cells.cell(values[name]) for name in COLUMNS),
        *(cells.cell(plain.get(code)) for code in tiers),
    ]


def _upsert(
    scope: Scope, records: Sequence[_Record], new_tiers: Sequence[str]
) -> BulkResult[ProductResult]:
    make_tiers(scope, new_tiers)
    return Products(scope).upsert_many([record.fields for record in records])


def _records(sheet: Sheet, result: ImportResult) -> list[_Record]:
    found: list[_Record] = []
    first_rows: dict[object, int] = {}
    for row in sheet.rows:
        problems: list[FieldError] = []
        fields = _fields(row, problems)
        first = first_rows.setdefault(fields.get("sku"), row.number)
        if first != row.number and "sku" in fields:
            problems.append(FieldError("/sku", "duplicate", f"row {first} has the same SKU"))
        if problems:
            result.reject(row, problems)
        else:
            found.append(_Record(row, fields))
    return found


def _fields(row: SheetRow, problems: list[FieldError]) -> dict[str, object]:
    if row.problem is not None:
        problems.append(FieldError("", "invalid_format", row.problem))
    found = dict(_read_cells(row, problems))
    if "on_hand" in found:
        found["inventory"] = {"on_hand": found.pop("on_hand")}
    pricing = [{"tier": code, "price": price} for code, price in _tier_prices(row)]
    if pricing:
        found["pricing"] = pricing
    return found


def _read_cells(row: SheetRow, problems: list[FieldError]) -> Iterator[tuple[str, object]]:
    for name, convert in _FIELDS.items():
        content = row.cells.get(name)
        if content is None:
            continue
        try:
            yield name, convert(content)
        except ValueError as error:
            problems.append(FieldError(f"/{name}", "invalid_format", f"{name}: {error}"))


def _tier_prices(row: SheetRow) -> list[tuple[str, str]]:
    return [
        (name.removeprefix(TIER_PREFIX), content)
        for name, content in row.cells.items()
        if name.startswith(TIER_PREFIX)
    ]


def _note(result: ImportResult, record: _Record, outcome: ProductResult) -> None:
    if outcome.status == "failed":
        result.reject(record.row, [_by_column(record.row, error) for error in outcome.errors])
    else:
        result.count(outcome.status)


def _by_column(row: SheetRow, error: FieldError) -> FieldError:
    """An error of a record, with the name of the column instead of the place in the record."""
    found = _TIER_POINTER.match(error.pointer)
    if found is None:
        return error
    column = f"{TIER_PREFIX}{_tier_prices(row)[int(found[1])][0]}"
    return FieldError(f"/{column}", error.code, f"{column}: {error.detail}", error.figures)
