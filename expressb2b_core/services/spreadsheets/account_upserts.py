"""One account of a file written: itself, its sites, its people. Runs inside a write."""

from __future__ import annotations

from expressb2b_core.errors import FieldError, ValidationFailed
from expressb2b_core.inputs.accounts import AccountChange, ContactInput, SiteInput
from expressb2b_core.services.account_documents import BillingAccount
from expressb2b_core.services.accounts import Accounts
from expressb2b_core.services.contacts import Contacts
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.sites import Sites
from expressb2b_core.services.spreadsheets.account_groups import AccountGroup


def upsert(scope: Scope, group: AccountGroup) -> str:
    """Make or change an account with its sites and people.

    Returns:
        `created`, `updated` or `unchanged`.

    Raises:
        ValidationFailed: naming every field that needs attention; pointers are relative to the
            account.
        AlreadyExists: another account or site has an external id.
    """
    before = _present(scope, group)
    if before is None:
        after = Accounts(scope).create(**group.account)
    elif before.external_id is None:
        after = _change_nameless(scope, before, group)
    else:
        after = Accounts(scope).create(**group.account | {"external_id": before.external_id})
    contacts_changed = [_upsert_contact(scope, after.id, one) for one in group.contacts]
    if before is None:
        return "created"
    return "updated" if any(contacts_changed) or after != before else "unchanged"


def _present(scope: Scope, group: AccountGroup) -> BillingAccount | None:
    """The account that the file means: the one of that external id, or else of exactly that name.

    Raises:
        ValidationFailed: the name alone does not say which.
    """
    external_id = group.account.get("external_id")
    if external_id is not None:
        return next(iter(Accounts(scope).list(external_id=external_id)), None)
    name = group.account["name"]
    called = [one for one in Accounts(scope).iterate(q=name, per_page=100) if one.name == name]
    if len(called) > 1:
        detail = f"{len(called)} accounts are called {name}; give the external_id"
        raise ValidationFailed([FieldError("/external_id", "required", detail)])
    return called[0] if called else None


def _change_nameless(scope: Scope, before: BillingAccount, group: AccountGroup) -> BillingAccount:
    """Change an account that has no external id, which `create` would make a second time."""
    change = AccountChange(name=group.account["name"])
    if "pricing_tier" in group.account:
        change["pricing_tier"] = group.account["pricing_tier"]
    if "active" in group.account:
        change["active"] = group.account["active"]
    Accounts(scope).update(before.id, **change)
    for site in group.account["sites"]:
        _upsert_site(scope, before, site)
    return Accounts(scope).get(before.id)


def _upsert_site(scope: Scope, account: BillingAccount, site: SiteInput) -> None:
    external_id = site.get("external_id")
    for known in account.sites:
        is_same = (
            known["name"] == site["name"]
            if external_id is None
            else known["external_id"] == external_id
        )
        if is_same:
            Sites(scope).update(known["id"], **site)
            return
    Sites(scope).create(account.id, **site)


def _upsert_contact(scope: Scope, account_id: str, contact: ContactInput) -> bool:
    """Make or change the person with this address; tell whether anything changed."""
    address = contact["email"].lower()
    for known in Contacts(scope).iterate(account_id, per_page=100):
        if known.email.lower() == address:
            return Contacts(scope).update(known.id, **contact) != known
    Contacts(scope).create(account_id, **contact)
    return True
