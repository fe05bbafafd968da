"""The approval levels of an account: who must agree to its orders, and from which total on."""

from __future__ import annotations

from expressb2b_core.errors import FieldError, ValidationFailed
from expressb2b_core.inputs.accounts import LevelInput
from expressb2b_server.panel.exports import values_as_csv
from expressb2b_server.panel.forms import Form
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import ADMIN, Pages

pages = Pages()

_LEVELS = "approval/levels"
_COLUMNS = ("level", "name", "min_total", "required", "approver_ids", "approvers")


@pages.get("/accounts/<account_id>/levels", ADMIN)
def show_levels(request: Request, account_id: str) -> Response:
    """The levels as rows of a form, and an empty one to add another."""
    workspace, form = request.workspace, request.form
    account = workspace.accounts.get(account_id)
    people = workspace.contacts.iterate(account_id, per_page=100)
    approvers = [(one.id, f"{one.name} ({one.email})") for one in people if "approver" in one.roles]
    shown = form.count(_LEVELS) if form.is_posted else len(account.approval["levels"]) + 1
    return request.page(
        "accounts/levels.html",
        account=account,
        form=form,
        rows=range(shown),
        levels=account.approval["levels"],
        approvers=approvers,
    )


@pages.get("/accounts/<account_id>/levels.csv")
def export_levels(request: Request, account_id: str) -> Response:
    """The levels of an account as a file."""
    account = request.workspace.accounts.get(account_id)
    people = request.workspace.contacts.iterate(account_id, per_page=100)
    names = {one.id: one.name for one in people}
    rows = [
        (
            number,
            level["name"],
            level["min_total"],
            level["required"],
            level["approver_ids"],
            ", ".join(names.get(one, one) for one in level["approver_ids"]),
        )
        for number, level in enumerate(account.approval["levels"], 1)
    ]
    return values_as_csv(request, "approval-levels", _COLUMNS, rows)


@pages.post("/accounts/<account_id>/levels", on_refusal=show_levels)
def save_levels(request: Request, account_id: str) -> Response:
    """Replace the levels."""
    form, accounts = request.form, request.workspace.accounts
    kept = [index for index in range(form.count(_LEVELS)) if _is_meant(form, index)]
    try:
        accounts.update(
            account_id,
            if_match=form.if_match,
            approval={
                "allow_self_approval": form.flag("approval/allow_self_approval"),
                "levels": [_level(form, index) for index in kept],
            },
        )
    except ValidationFailed as refused:
        raise ValidationFailed([_by_row(error, kept) for error in refused.errors]) from None
    return request.done(f"/accounts/{account_id}", "levels-saved")


def _is_meant(form: Form, index: int) -> bool:
    """Neither ticked to be removed nor left empty."""
    at = f"{_LEVELS}/{index}"
    said = form.text(f"{at}/name") or form.text(f"{at}/min_total")
    return bool(said) and not form.flag(f"{at}/remove")


def _level(form: Form, index: int) -> LevelInput:
    at = f"{_LEVELS}/{index}"
    level = LevelInput(
        name=form.text(f"{at}/name").strip(),
        min_total=form.text(f"{at}/min_total").strip() or "0",
        approver_ids=form.many(f"{at}/approver_ids"),
    )
    required = form.whole(f"{at}/required")
    if required is not None:
        level["required"] = required
    return level


def _by_row(error: FieldError, kept: list[int]) -> FieldError:
    """An error of a level at the row of the form that it came from."""
    prefix = f"/{_LEVELS}/"
    index, slash, rest = error.pointer.removeprefix(prefix).partition("/")
    if not error.pointer.startswith(prefix) or not index.isdecimal():
        return error
    return FieldError(
        f"{prefix}{kept[int(index)]}{slash}{rest}", error.code, error.detail, error.figures
    )
