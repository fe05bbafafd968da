"""The people of billing accounts: who buys, who approves, and for which sites."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple, Unpack

from expressb2b_core.errors import NotFound, ValidationFailed
from expressb2b_core.inputs.accounts import ContactChange, ContactInput, ContactQuery
from expressb2b_core.inputs.constraints import is_id
from expressb2b_core.inputs.moments import text as moment_text
from expressb2b_core.inputs.records import checked
from expressb2b_core.services import audit
from expressb2b_core.services.account_changes import absent_ids
from expressb2b_core.services.account_storage import hold_account, require_account
from expressb2b_core.services.documents import Document, Page, encode, lines_of, require_match, walk
from expressb2b_core.services.listing import Condition, RowListing, Sort
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Row
from expressb2b_core.storage.statements import (
    ListStatement,
    Scalar,
    Statement,
    all_values_from,
    param,
    values_from,
)

C = tables.Contact
S = tables.Site

_COLUMNS = (
    C.id,
    C.account,
    C.name,
    C.email,
    C.roles,
    C.site_ids,
    C.active,
    C.created_at,
    C.updated_at,
)
_insert = Statement(lambda: C.insert(all_values_from(C)))
_update = Statement(
    lambda: C.update(
        values_from(C.name, C.email, C.roles, C.site_ids, C.active, C.updated_at)
    ).where(C.id == param("id"))
)
_contact = Statement(
    lambda: C.select(*_COLUMNS).where((C.id == param("id")) & (C.workspace == param("workspace")))
)
_sites_of_account = ListStatement(
    lambda ids: S.select(S.id).where((S.account == param("account")) & S.id.in_(ids))
)
_listing = RowListing("contacts", C, _COLUMNS, {"id": Sort((C.id,))})


class Contact(Document):
    """A person of an account; no `site_ids` means all of its sites."""

    __slots__ = ()

    id: str
    billing_account_id: str
    name: str
    email: str
    roles: list[str]
    site_ids: list[str]
    active: bool
    created_at: str
    updated_at: str


class ContactState(NamedTuple):
    """A contact as it is stored."""

    id: str
    account_id: str
    name: str
    email: str
    roles: Sequence[str]
    site_ids: Sequence[str]
    active: bool
    created_at: int
    updated_at: int


class Contacts:
    """The people of one workspace's billing accounts."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._database = scope.runtime.database

    def create(self, account_id: str, /, **fields: Unpack[ContactInput]) -> Contact:
        """Add a person to an account.

        Raises:
            NotFound: this workspace has no such account.
            ValidationFailed: naming every field that needs attention.
        """
        given = checked(ContactInput, fields)
        return self._database.write(lambda: self._create(account_id, given))

    def update(
        self,
        contact_id: str,
        /,
        *,
        if_match: frozenset[str] | None = None,
        **fields: Unpack[ContactChange],
    ) -> Contact:
        """Change a person.

        Raises:
            NotFound: this workspace has no such contact.
            ValidationFailed: naming every field that needs attention.
            Stale: it has none of the entity tags of `if_match`.
        """
        given = checked(ContactChange, fields)
        return self._database.write(lambda: self._update(contact_id, if_match, given))

    def get(self, contact_id: str, /) -> Contact:
        """The contact of this id; `NotFound` when this workspace has none."""
        return Contact(_text(self._state(contact_id)))

    def list(self, account_id: str, /, **query: Unpack[ContactQuery]) -> Page[Contact]:
        """A page of the people of an account, oldest first.

        Raises:
            NotFound: this workspace has no such account.
            ValidationFailed: naming every parameter that needs attention.
            InvalidCursor: changed, or made for another account or list.
            PageTooDeep: a page number beyond the first 10,000 rows.
        """
        asked = checked(ContactQuery, query)
        of_account = Condition(
            "account", lambda: C.account == param("account"), {"account": account_id}
        )
        with self._database.snapshot():
            require_account(self._scope, account_id)
            found = _listing.slice(self._scope, [of_account], "id", asked)
        texts = (_text(_as_state(row)) for row in found.content)
        return Page(lines_of(texts), *found[1:], Contact)

    def iterate(self, account_id: str, /, **query: Unpack[ContactQuery]) -> Iterator[Contact]:
        """The people that `list` gives, and all that follow, read page by page."""
        return walk(partial(self.list, account_id), query)

    def _create(self, account_id: str, given: ContactInput) -> Contact:
        hold_account(self._scope, account_id)
        now = self._scope.runtime.clock.now()
        contact = ContactState(
            id=self._scope.runtime.new_id(),
            account_id=account_id,
            name=given["name"],
            email=given["email"],
            roles=given.get("roles", ["buyer"]),
            site_ids=given.get("site_ids", []),
            active=given.get("active", True),
            created_at=now,
            updated_at=now,
        )
        self._check_sites(contact)
        self._database.execute(_insert, **self._row(contact))
        return self._recorded(None, Contact(_text(contact), created=True))

    def _update(
        self, contact_id: str, if_match: frozenset[str] | None, given: ContactChange
    ) -> Contact:
        hold_account(self._scope, self._state(contact_id).account_id)
        before = self._state(contact_id)
        require_match(if_match, _text(before))
        after = before._replace(**given)
        if after == before:
            return Contact(_text(before))
        if after.site_ids != before.site_ids:
            self._check_sites(after)
        after = after._replace(updated_at=self._scope.runtime.clock.now())
        self._database.execute(_update, **self._row(after))
        return self._recorded(Contact(_text(before)), Contact(_text(after)))

    def _recorded(self, before: Contact | None, after: Contact) -> Contact:
        audit.record_change(self._scope, "contact", before, after)
        return after

    def _state(self, contact_id: str) -> ContactState:
        row = None
        if is_id(contact_id):
            row = self._database.row(_contact, id=contact_id, workspace=self._scope.workspace_id)
        if row is None:
            raise NotFound("contact", contact_id)
        return _as_state(row)

    def _check_sites(self, contact: ContactState) -> None:
        rows = self._database.rows_in(
            _sites_of_account, contact.site_ids, account=contact.account_id
        )
        known = {row[0] for row in rows}
        if problems := absent_ids("/site_ids", contact.site_ids, known, "site"):
            raise ValidationFailed(problems)

    def _row(self, contact: ContactState) -> dict[str, Scalar]:
        return {
            "id": contact.id,
            "workspace_id": self._scope.workspace_id,
            "account_id": contact.account_id,
            "name": contact.name,
            "email": contact.email,
            "roles": encode(contact.roles),
            "site_ids": encode(contact.site_ids),
            "active": contact.active,
            "created_at": contact.created_at,
            "updated_at": contact.updated_at,
        }


def _as_state(row: Row) -> ContactState:
    identity, account_id, name, email, roles, site_ids, active, created_at, updated_at = row
    return ContactState(
        id=identity,
        account_id=account_id,
        name=name,
        email=email,
        roles=json.loads(roles),
        site_ids=json.loads(site_ids),
        active=bool(active),
        created_at=created_at,
        updated_at=updated_at,
    )


def _text(contact: ContactState) -> str:
    return encode(
        {
            "id": contact.id,
            "billing_account_id": contact.account_id,
            "name": contact.name,
            "email": contact.email,
            "roles": contact.roles,
            "site_ids": contact.site_ids,
            "active": contact.active,
            "created_at": moment_text(contact.created_at),
            "updated_at": moment_text(contact.updated_at),
        }
    )
