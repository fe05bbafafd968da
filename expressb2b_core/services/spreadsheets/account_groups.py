"""Rows of accounts, gathered: which rows are one account, and what they say about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from expressb2b_core.errors import FieldError
from expressb2b_core.inputs.accounts import AccountInput, ContactInput, SiteInput
from expressb2b_core.services.spreadsheets import cells
from expressb2b_core.services.spreadsheets.sheets import SheetRow

T = TypeVar("T")

_ACCOUNT = ("external_id", "name", "pricing_tier", "active")
_SITE = ("site_name", "site_external_id", "site_active")
_CONTACT = ("contact_name", "contact_email", "contact_roles")
COLUMNS = (*_ACCOUNT, *_SITE, *_CONTACT)


@dataclass(slots=True)
class AccountGroup:
    """The rows of one account and what they come to; with `problems`, nothing else counts."""

    rows: list[SheetRow]
    account: AccountInput
    contacts: list[ContactInput] = field(default_factory=list)
    problems: list[FieldError] = field(default_factory=list)


def group_rows(rows: Iterable[SheetRow]) -> list[AccountGroup]:
    """The accounts of a file, in the order in which each first comes."""
    gathered: dict[tuple[str, str], list[SheetRow]] = {}
    for row in rows:
        gathered.setdefault(_key(row), []).append(row)
    return [_group(found) for found in gathered.values()]


def _key(row: SheetRow) -> tuple[str, str]:
    external_id = row.cells.get("external_id")
    return ("name", row.cells.get("name", "")) if external_id is None else ("id", external_id)


def _group(rows: list[SheetRow]) -> AccountGroup:
    problems: list[FieldError] = []
    stated = _stated(rows, problems)
    sites = [_site(row, problems) for row in rows if any(name in row.cells for name in _SITE)]
    contacts = [
        _contact(row, problems) for row in rows if any(name in row.cells for name in _CONTACT)
    ]
    problems += [_problem(row, "", row.problem) for row in rows if row.problem is not None]
    account = _account(stated, problems)
    account["sites"] = _once(sites)
    return AccountGroup(rows, account, _once(contacts), problems)


def _once(entries: Iterable[T]) -> list[T]:
    """Each entry once: rows repeat a site for its people, and a person for further sites."""
    found: list[T] = []
    for entry in entries:
        if entry not in found:
            found.append(entry)
    return found


def _stated(rows: Iterable[SheetRow], problems: list[FieldError]) -> Mapping[str, str]:
    """What the rows say about the account itself; they may leave it out, not contradict."""
    found: dict[str, str] = {}
    for row in rows:
        for name in _ACCOUNT:
            content = row.cells.get(name)
            if content is not None and found.setdefault(name, content) != content:
                detail = f"{name} is another one than in the rows above of the same account"
                problems.append(_problem(row, name, detail))
    return found


def _account(stated: Mapping[str, str], problems: list[FieldError]) -> AccountInput:
    if "name" not in stated:
        problems.append(FieldError("/name", "required", "name is missing"))
    found = AccountInput(name=stated.get("name", ""))
    if "external_id" in stated:
        found["external_id"] = stated["external_id"]
    if "pricing_tier" in stated:
        found["pricing_tier"] = stated["pricing_tier"]
    active = _converted(stated, "active", cells.flag, problems)
    if active is not None:
        found["active"] = active
    return found


def _site(row: SheetRow, problems: list[FieldError]) -> SiteInput:
    name = row.cells.get("site_name")
    if name is None:
        problems.append(_problem(row, "site_name", "site_name is missing"))
    found = SiteInput(name=name or "")
    if "site_external_id" in row.cells:
        found["external_id"] = row.cells["site_external_id"]
    active = _converted(row.cells, "site_active", cells.flag, problems)
    if active is not None:
        found["active"] = active
    return found


def _contact(row: SheetRow, problems: list[FieldError]) -> ContactInput:
    problems += [
        _problem(row, name, f"{name} is missing")
        for name in ("contact_name", "contact_email")
        if name not in row.cells
    ]
    found = ContactInput(
        name=row.cells.get("contact_name", ""), email=row.cells.get("contact_email", "")
    )
    roles = row.cells.get("contact_roles")
    if roles is not None:
        found["roles"] = cells.words(roles.lower())
    return found


def _converted(
    values: Mapping[str, str],
    name: str,
    convert: Callable[[str], T],
    problems: list[FieldError],
) -> T | None:
    content = values.get(name)
    if content is None:
        return None
    try:
        return convert(content)
    except ValueError as error:
        problems.append(FieldError(f"/{name}", "invalid_format", f"{name}: {error}"))
        return None


def _problem(row: SheetRow, name: str, detail: str) -> FieldError:
    return FieldError(f"/{name}", "invalid_format", f"row {row.number}: {detail}")
