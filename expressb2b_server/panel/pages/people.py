"""The sites and people of accounts: added and changed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from expressb2b_server.panel.exports import documents_as_csv, values_as_csv
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import ADMIN, Pages

pages = Pages()

_ROLES = (("buyer", "Buyer: places orders"), ("approver", "Approver: decides orders"))
_SITE = ("id", "name", "external_id", "active")
_EXPORTED: Mapping[str, str] = MappingProxyType(
    {name: name for name in ("id", "name", "email", "roles", "site_ids", "active", "created_at")}
)


@pages.get("/accounts/<account_id>/sites/new", ADMIN)
def show_new_site(request: Request, account_id: str) -> Response:
    """Ask for a new site."""
    account = request.workspace.accounts.get(account_id)
    return request.page("accounts/site.html", account=account, site=None, form=request.form)


@pages.post("/accounts/<account_id>/sites", on_refusal=show_new_site)
def create_site(request: Request, account_id: str) -> Response:
    """Add a site."""
    form = request.form
    request.workspace.sites.create(
        account_id, name=form.text("name").strip(), external_id=form.optional("external_id")
    )
    return request.done(f"/accounts/{account_id}", "site-saved")


@pages.get("/accounts/<account_id>/sites.csv")
def export_sites(request: Request, account_id: str) -> Response:
    """The sites of an account as a file."""
    sites = request.workspace.accounts.get(account_id).sites
    rows = [(site["id"], site["name"], site["external_id"], site["active"]) for site in sites]
    return values_as_csv(request, "sites", _SITE, rows)


@pages.get("/sites/<site_id>", ADMIN)
def show_site(request: Request, site_id: str) -> Response:
    """One site to change."""
    site = request.workspace.sites.get(site_id)
    account = request.workspace.accounts.get(site.billing_account_id)
    return request.page("accounts/site.html", account=account, site=site, form=request.form)


@pages.post("/sites/<site_id>", on_refusal=show_site)
def edit_site(request: Request, site_id: str) -> Response:
    """Change a site."""
    form = request.form
    site = request.workspace.sites.update(
        site_id,
        if_match=form.if_match,
        name=form.text("name").strip(),
        external_id=form.optional("external_id"),
        active=form.flag("active"),
    )
    return request.done(f"/accounts/{site.billing_account_id}", "site-saved")


@pages.get("/accounts/<account_id>/people.csv")
def export_people(request: Request, account_id: str) -> Response:
    """The people of an account as a file."""
    request.workspace.accounts.get(account_id)
    people = request.workspace.contacts.iterate(account_id, per_page=100)
    return documents_as_csv(request, "people", _EXPORTED, people)


@pages.get("/accounts/<account_id>/people/new", ADMIN)
def show_new_person(request: Request, account_id: str) -> Response:
    """Ask for a new person."""
    account = request.workspace.accounts.get(account_id)
    return request.page(
        "accounts/person.html", account=account, person=None, roles=_ROLES, form=request.form
    )


@pages.post("/accounts/<account_id>/people", on_refusal=show_new_person)
def create_person(request: Request, account_id: str) -> Response:
    """Add a person."""
    form = request.form
    request.workspace.contacts.create(
        account_id,
        name=form.text("name").strip(),
        email=form.text("email").strip(),
        roles=form.many("roles"),
        site_ids=form.many("site_ids"),
    )
    return request.done(f"/accounts/{account_id}", "contact-saved")


@pages.get("/people/<contact_id>", ADMIN)
def show_person(request: Request, contact_id: str) -> Response:
    """One person to change."""
    person = request.workspace.contacts.get(contact_id)
    account = request.workspace.accounts.get(person.billing_account_id)
    return request.page(
        "accounts/person.html", account=account, person=person, roles=_ROLES, form=request.form
    )


@pages.post("/people/<contact_id>", on_refusal=show_person)
def edit_person(request: Request, contact_id: str) -> Response:
    """Change a person."""
    form = request.form
    person = request.workspace.contacts.update(
        contact_id,
        if_match=form.if_match,
        name=form.text("name").strip(),
        email=form.text("email").strip(),
        roles=form.many("roles"),
        site_ids=form.many("site_ids"),
        active=form.flag("active"),
    )
    return request.done(f"/accounts/{person.billing_account_id}", "contact-saved")
