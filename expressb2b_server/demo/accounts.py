"""Making the demo's customers: each account with its sites, its people and its approval levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from expressb2b_core import Workspace
from expressb2b_core.inputs.accounts import LevelInput
from expressb2b_server.demo.customers import Customer, Person


class Buyer(NamedTuple):
    """A contact who orders, and the ids of the sites it orders for; none means all."""

    id: str
    site_ids: Sequence[str]


class KnownCustomer(NamedTuple):
    """The same account in the workspace: ids instead of names."""

    account_id: str
    site_ids: Sequence[str]
    buyers: Sequence[Buyer]
    approver_ids: Sequence[str]

    def buyers_for(self, site_id: str) -> list[str]:
        """The ids of those who order for this site."""
        return [buyer.id for buyer in self.buyers if site_id in (buyer.site_ids or [site_id])]


def open_account(shop: Workspace, customer: Customer, number: int) -> KnownCustomer:
    """Make one account with its sites, its people and its approval levels."""
    account = shop.accounts.create(
        name=customer.name,
        external_id=f"CUST-{1000 + number}",
        pricing_tier=customer.tier,
        sites=[
            {"name": name, "external_id": f"{customer.code}-{place:02d}"}
            for place, name in enumerate(customer.sites, start=1)
        ],
    )
    site_ids = [str(site["id"]) for site in account.sites]
    ids = {
        person.name: _add_person(shop, account.id, customer, person, site_ids)
        for person in customer.people
    }
    _set_approval(shop, account.id, customer, ids)
    return KnownCustomer(
        account_id=account.id,
        site_ids=site_ids,
        buyers=[
            Buyer(ids[person.name], [site_ids[place] for place in person.sites])
            for person in customer.people
            if "buyer" in person.roles
        ],
        approver_ids=[ids[p.name] for p in customer.people if "approver" in p.roles],
    )


def _add_person(
    shop: Workspace, account_id: str, customer: Customer, person: Person, site_ids: Sequence[str]
) -> str:
    mailbox = "".join(letter for letter in person.name.lower() if letter.isalpha() or letter == " ")
    return shop.contacts.create(
        account_id,
        name=person.name,
        email=f"{mailbox.replace(' ', '.')}@{customer.domain}",
        roles=list(person.roles),
        site_ids=[site_ids[place] for place in person.sites],
    ).id


def _set_approval(
    shop: Workspace, account_id: str, customer: Customer, ids: Mapping[str, str]
) -> None:
    if not customer.levels:
        return
    levels: list[LevelInput] = [
        {
            "name": level.name,
            "min_total": level.min_total,
            "required": level.required,
            "approver_ids": [ids[name] for name in level.people],
        }
        for level in customer.levels
    ]
    shop.accounts.update(
        account_id,
        approval={"allow_self_approval": customer.allow_self_approval, "levels": levels},
    )
