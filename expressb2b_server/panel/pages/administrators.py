"""The people of the panel: invited, given roles, let in and kept out."""

from __future__ import annotations

from expressb2b_core.inputs.administrators import ROLES
from expressb2b_core.services import admin_sessions, audit, setup_links
from expressb2b_core.services.administrators import Administrator, Administrators
from expressb2b_server.panel.exports import documents_as_csv
from expressb2b_server.panel.pages.sessions import sessions_as_csv
from expressb2b_server.panel.presentation import ROLE_WORDS
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response
from expressb2b_server.panel.routing import ADMIN, Pages

pages = Pages()

_EXPORTED = {
    name: name for name in ("id", "name", "email", "role", "state", "created_at", "last_sign_in_at")
}
_CHOICES = tuple((role, ROLE_WORDS[role]) for role in reversed(ROLES))


@pages.get("/administrators", ADMIN)
def list_administrators(request: Request) -> Response:
    """Everybody who may sign in, or might."""
    return request.page("administrators/list.html", people=_people(request).list())


@pages.get("/administrators.csv", ADMIN)
def export_administrators(request: Request) -> Response:
    """The same as a file."""
    return documents_as_csv(request, "administrators", _EXPORTED, _people(request).list())


@pages.get("/administrators/new", ADMIN)
def show_new(request: Request) -> Response:
    """Ask whom to invite."""
    return request.page("administrators/new.html", form=request.form, roles=_CHOICES)


@pages.post("/administrators", on_refusal=show_new)
def invite(request: Request) -> Response:
    """Make an administrator, and a link by which that one chooses a password."""
    form = request.form
    person = _people(request).create(
        name=form.text("name").strip(), email=form.text("email").strip(), role=form.text("role")
    )
    return _show_link(request, person)


@pages.get("/administrators/<person_id>", ADMIN)
def show_one(request: Request, person_id: str) -> Response:
    """One of them, and what that one did last."""
    person = _people(request).get(person_id)
    scope = request.workspace.scope
    return request.page(
        "administrators/one.html",
        person=person,
        form=request.form,
        roles=_CHOICES,
        sessions=admin_sessions.list_open(request.runtime, person.id),
        history=list(
            audit.entries(scope, subject_type="administrator", subject_id=person.id, per_page=10)
        ),
    )


@pages.get("/administrators/<person_id>/sessions.csv", ADMIN)
def export_sessions(request: Request, person_id: str) -> Response:
    """Where somebody is signed in, as a file."""
    return sessions_as_csv(request, _people(request).get(person_id).id)


@pages.post("/administrators/<person_id>/sign-out", on_refusal=show_one)
def sign_out(request: Request, person_id: str) -> Response:
    """End the sessions of all browsers of somebody, but the one that asks."""
    _people(request).sign_out(person_id, but=request.person.digest)
    is_self = person_id == request.person.administrator_id
    notice = "signed-out-elsewhere" if is_self else "signed-out-everywhere"
    return request.done(f"/administrators/{person_id}", notice)


@pages.post("/administrators/<person_id>/edit", on_refusal=show_one)
def edit(request: Request, person_id: str) -> Response:
    """Change name or role."""
    form = request.form
    _people(request).update(person_id, name=form.text("name").strip(), role=form.text("role"))
    return request.done(f"/administrators/{person_id}", "administrator-saved")


@pages.post("/administrators/<person_id>/link", on_refusal=show_one)
def make_link(request: Request, person_id: str) -> Response:
    """Make a link by which somebody chooses a new password."""
    return _show_link(request, _people(request).get(person_id))


@pages.post("/administrators/<person_id>/disable", on_refusal=show_one)
def disable(request: Request, person_id: str) -> Response:
    """Keep somebody out."""
    _people(request).disable(person_id)
    return request.done(f"/administrators/{person_id}", "administrator-disabled")


@pages.post("/administrators/<person_id>/enable", on_refusal=show_one)
def enable(request: Request, person_id: str) -> Response:
    """Let somebody in again."""
    _people(request).enable(person_id)
    return request.done(f"/administrators/{person_id}", "administrator-enabled")


def _people(request: Request) -> Administrators:
    return Administrators(request.runtime, request.actor)


def _show_link(request: Request, person: Administrator) -> Response:
    path = setup_links.make(
        request.runtime,
        actor=request.actor,
        administrator_id=person.id,
        lifetime_seconds=setup_links.INVITATION_SECONDS,
    )
    return request.page(
        "administrators/link.html", person=person, address=request.public_url + path
    )
