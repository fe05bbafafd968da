"""Billing accounts: found, made, changed. Levels, sites and people have pages of their own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from expressb2b_core.errors import InvalidInput
from expressb2b_core.inputs.accounts import AccountQuery
from expressb2b_core.services import audit
from expressb2b_core.services.account_documents import BillingAccount
from expressb2b_core.services.documents import Page
from expressb2b_server.panel.exports import documents_as_csv
from expressb2b_server.panel.pages.choices import tier_choices
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import ADMIN, Pages

pages = Pages()

_PER_PAGE = 25
_EXPORTED: Mapping[str, str] = MappingProxyType(
    {
        "id": "id",
        "external_id": "external_id",
        "name": "name",
        "pricing_tier": "pricing_tier",
        "active": "active",
        "sites_count": "sites_count",
        "allow_self_approval": "approval.allow_self_approval",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
)


@pages.get("/accounts")
def list_accounts(request: Request) -> Response:
    """One page of accounts, with a search."""
    found: Page[BillingAccount] | None = None
    try:
        asked = _asked(request) | {"per_page": _PER_PAGE, "page": request.page_number}
        found = request.workspace.accounts.list(**asked)
    except InvalidInput as error:
        request.query.refuse(error)
        request.status = 422
    return request.page(
        "accounts/list.html", found=found, query=request.query, tiers=tier_choices(request)
    )


@pages.get("/accounts.csv")
def export_accounts(request: Request) -> Response:
    """All accounts of the filters as a file."""
    found = request.workspace.accounts.iterate(**(_asked(request) | {"per_page": 100}))
    return documents_as_csv(request, "accounts", _EXPORTED, found)


@pages.get("/accounts/new", ADMIN)
def show_new_account(request: Request) -> Response:
    """Ask for a new account."""
    return request.page("accounts/new.html", form=request.form, tiers=tier_choices(request))


@pages.post("/accounts", on_refusal=show_new_account)
def create_account(request: Request) -> Response:
    """Make an account."""
    form = request.form
    account = request.workspace.accounts.create(
        name=form.text("name").strip(),
        external_id=form.optional("external_id"),
        pricing_tier=form.optional("pricing_tier"),
    )
    return request.done(f"/accounts/{account.id}", "account-made")


@pages.get("/accounts/<account_id>")
def show_account(request: Request, account_id: str) -> Response:
    """One account with its sites, people and levels, and its last orders."""
    workspace = request.workspace
    account = workspace.accounts.get(account_id)
    people = list(workspace.contacts.iterate(account_id, per_page=100))
    return request.page(
        "accounts/one.html",
        account=account,
        people=people,
        names={person.id: person.name for person in people},
        sites={site["id"]: site["name"] for site in account.sites},
        orders=workspace.orders.list(billing_account_id=account_id, per_page=5),
        tiers=tier_choices(request),
        form=request.form,
        history=list(audit.entries(workspace.scope, subject_type="account", subject_id=account_id)),
    )


@pages.post("/accounts/<account_id>/edit", on_refusal=show_account)
def edit_account(request: Request, account_id: str) -> Response:
    """Change an account."""
    form = request.form
    request.workspace.accounts.update(
        account_id,
        if_match=form.if_match,
        name=form.text("name").strip(),
        external_id=form.optional("external_id"),
        pricing_tier=form.optional("pricing_tier"),
        active=form.flag("active"),
    )
    return request.done(f"/accounts/{account_id}", "account-saved")


def _asked(request: Request) -> AccountQuery:
    asked = AccountQuery()
    sought, tier = request.query.optional("q"), request.query.optional("pricing_tier")
    state = request.query.optional("active")
    if sought is not None:
        asked["q"] = sought
    if tier is not None:
        asked["pricing_tier"] = tier
    if state is not None:
        asked["active"] = state == "true"
    return asked
