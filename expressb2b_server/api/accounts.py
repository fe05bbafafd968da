"""`/api/billing-accounts`, their sites and their people."""

from __future__ import annotations

from expressb2b_core.errors import AlreadyExists
from expressb2b_core.inputs.accounts import (
    AccountChange,
    AccountInput,
    AccountQuery,
    ContactChange,
    ContactInput,
    ContactQuery,
    SiteChange,
    SiteInput,
)
from expressb2b_server.api import answers
from expressb2b_server.api.answers import Answer
from expressb2b_server.api.requests import Request
from expressb2b_server.api.routes import Identity, Routes

_accounts = Routes("Billing accounts", "accounts", Identity("id", "billing account"))
_sites = Routes("Billing accounts", "accounts", Identity("id", "site"))
_contacts = Routes("Billing accounts", "accounts", Identity("id", "contact"))


@_accounts.get("/api/billing-accounts", gives="billing_account", many=True)
def list_billing_accounts(request: Request, query: AccountQuery) -> Answer:
    """List billing accounts.

    With their sites, pricing tiers and approval levels.
    """
    return answers.page(request, request.workspace.accounts.list(**query))


@_accounts.post(
    "/api/billing-accounts",
    gives="billing_account",
    takes="billing_account",
    statuses=(200, 201),
    has_precondition=True,
)
def create_billing_account(request: Request, body: AccountInput) -> Answer:
    """Create a billing account.

    With an `external_id` that exists, the account that has it is updated instead.
    """
    account = request.workspace.accounts.create(if_match=request.if_match, **body)
    return answers.made(request, account, "/api/billing-accounts/", account.id)


@_accounts.get("/api/billing-accounts/{id}", gives="billing_account")
def get_billing_account(request: Request, account_id: str) -> Answer:
    """Retrieve a billing account."""
    return answers.document(request, request.workspace.accounts.get(account_id))


@_accounts.patch(
    "/api/billing-accounts/{id}",
    gives="billing_account",
    takes="billing_account",
    raises=(AlreadyExists,),
    has_precondition=True,
)
def update_billing_account(request: Request, account_id: str, body: AccountChange) -> Answer:
    """Change a billing account.

    What is absent stays. Orders that were placed before keep what they were placed with.
    """
    changed = request.workspace.accounts.update(account_id, if_match=request.if_match, **body)
    return answers.document(request, changed)


@_accounts.post(
    "/api/billing-accounts/{id}/sites",
    gives="site",
    takes="site",
    statuses=(201,),
    raises=(AlreadyExists,),
)
def create_site(request: Request, account_id: str, body: SiteInput) -> Answer:
    """Add a site to a billing account."""
    site = request.workspace.sites.create(account_id, **body)
    return answers.made(request, site, "/api/sites/", site.id)


@_sites.get("/api/sites/{id}", gives="site")
def get_site(request: Request, site_id: str) -> Answer:
    """Retrieve a site."""
    return answers.document(request, request.workspace.sites.get(site_id))


@_sites.patch(
    "/api/sites/{id}",
    gives="site",
    takes="site",
    raises=(AlreadyExists,),
    has_precondition=True,
)
def update_site(request: Request, site_id: str, body: SiteChange) -> Answer:
    """Change a site."""
    changed = request.workspace.sites.update(site_id, if_match=request.if_match, **body)
    return answers.document(request, changed)


@_accounts.get("/api/billing-accounts/{id}/contacts", gives="contact", many=True)
def list_contacts(request: Request, account_id: str, query: ContactQuery) -> Answer:
    """List the people of a billing account."""
    return answers.page(request, request.workspace.contacts.list(account_id, **query))


@_accounts.post(
    "/api/billing-accounts/{id}/contacts", gives="contact", takes="contact", statuses=(201,)
)
def create_contact(request: Request, account_id: str, body: ContactInput) -> Answer:
    """Add a person to a billing account."""
    contact = request.workspace.contacts.create(account_id, **body)
    return answers.made(request, contact, "/api/contacts/", contact.id)


@_contacts.get("/api/contacts/{id}", gives="contact")
def get_contact(request: Request, contact_id: str) -> Answer:
    """Retrieve a person."""
    return answers.document(request, request.workspace.contacts.get(contact_id))


@_contacts.patch("/api/contacts/{id}", gives="contact", takes="contact", has_precondition=True)
def update_contact(request: Request, contact_id: str, body: ContactChange) -> Answer:
    """Change a person, or what they may do."""
    changed = request.workspace.contacts.update(contact_id, if_match=request.if_match, **body)
    return answers.document(request, changed)


routes = (*_accounts, *_sites, *_contacts)
