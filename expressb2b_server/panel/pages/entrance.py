"""Coming in and going out: signing in, signing out, and the one-time link of the beginning."""

from __future__ import annotations

import logging

from expressb2b_core.errors import FieldError, NotAllowed, NotFound, ValidationFailed
from expressb2b_core.rules import tokens
from expressb2b_core.services import admin_sessions, setup_links
from expressb2b_core.services.administrators import Administrators
from expressb2b_core.services.scope import Actor
from expressb2b_server.panel import cookies
from expressb2b_server.panel.pages.sessions import sessions_as_csv
from expressb2b_server.panel.requests import Request
from expressb2b_server.panel.responses import Response, redirect
from expressb2b_server.panel.routing import READ_ONLY, Pages

_log = logging.getLogger("expressb2b.panel")

pages = Pages()


@pages.get("/sign-in", role=None)
def show_sign_in(request: Request) -> Response:
    """Ask for name and password."""
    if request.signed_in is not None:
        return redirect(_wanted(request))
    visitor = request.panel.cookies.read(request.environ, cookies.VISITOR) or _new_token(request)
    request.token = visitor
    response = request.page(
        "entrance/sign_in.html",
        form=request.form,
        next=_wanted(request),
        is_new=not setup_links.has_anybody(request.runtime),
    )
    cookie = request.panel.cookies.write(request.environ, cookies.VISITOR, visitor, "Strict")
    response.headers.append(cookie)
    return response


@pages.post("/sign-in", role=None, on_refusal=show_sign_in)
def sign_in(request: Request) -> Response:
    """Let somebody in."""
    form = request.form
    found = request.panel.sign_in.attempt(
        form.text("email"), form.text("password"), request.address
    )
    if found is None:
        _log.warning("a sign-in from %s was refused, request_id=%s", request.address, request.id)
        raise NotAllowed("E-mail address or password is wrong.")
    return _enter(request, found, _wanted(request), cookies.VISITOR)


@pages.post("/sign-out", role=READ_ONLY)
def sign_out(request: Request) -> Response:
    """End this session."""
    admin_sessions.end(request.runtime, request.person)
    response = redirect(request.plain_link("/sign-in", done="signed-out"))
    response.headers.append(request.panel.cookies.drop(request.environ, cookies.SESSION))
    return response


@pages.get("/setup", role=None)
def show_setup(request: Request) -> Response:
    """Exchange a link for a cookie at once, so that its text is used up before anything shows."""
    token = request.query.text("token")
    if token:
        return _exchange(request, token)
    grant = request.panel.cookies.read(request.environ, cookies.SETUP)
    granted = None if grant is None else setup_links.find_grant(request.runtime, grant)
    if grant is None or granted is None:
        request.status = 410
        is_new = not setup_links.has_anybody(request.runtime)
        return request.page("entrance/closed.html", is_new=is_new)
    request.token = grant
    return request.page("entrance/setup.html", known=granted.administrator, form=request.form)


@pages.post("/setup", role=None, on_refusal=show_setup)
def set_up(request: Request) -> Response:
    """Use a link up: the first administrator, or somebody's new password."""
    form = request.form
    if form.text("password") != form.text("again"):
        raise ValidationFailed(
            [FieldError("/again", "different", "the two passwords are not the same")]
        )
    try:
        administrator = setup_links.finish(
            request.runtime,
            request.token,
            name=form.text("name").strip(),
            email=form.text("email").strip(),
            password=form.text("password"),
        )
    except NotFound:
        return show_setup(request)
    home = request.plain_link("/", done="welcome")
    return _enter(request, administrator.actor, home, cookies.SETUP)


@pages.get("/me")
def show_me(request: Request) -> Response:
    """Whoever is signed in, and in which browsers."""
    found = admin_sessions.list_open(request.runtime, request.person.administrator_id)
    return request.page("entrance/me.html", form=request.form, sessions=found)


@pages.get("/me/sessions.csv")
def export_sessions(request: Request) -> Response:
    """Where whoever asks is signed in, as a file."""
    return sessions_as_csv(request, request.person.administrator_id)


@pages.post("/me/sign-out-elsewhere", role=READ_ONLY)
def sign_out_elsewhere(request: Request) -> Response:
    """End the sessions of all other browsers."""
    people = Administrators(request.runtime, request.actor)
    people.sign_out(request.person.administrator_id, but=request.person.digest)
    return request.done("/me", "signed-out-elsewhere")


@pages.post("/me/password", role=READ_ONLY, on_refusal=show_me)
def change_password(request: Request) -> Response:
    """Change the password of whoever is signed in."""
    form = request.form
    found = request.panel.sign_in.attempt(
        request.person.email, form.text("present"), request.address
    )
    if found is None:
        raise ValidationFailed([FieldError("/present", "wrong", "this is not your password")])
    if form.text("password") != form.text("again"):
        raise ValidationFailed(
            [FieldError("/again", "different", "the two passwords are not the same")]
        )
    people = Administrators(request.runtime, request.actor)
    people.set_password(request.person.administrator_id, form.text("password"))
    return _enter(request, request.actor, request.link("/me", done="password-changed"))


def _exchange(request: Request, token: str) -> Response:
    response = redirect(request.plain_link("/setup"))
    if request.environ["REQUEST_METHOD"] == "HEAD":  # whoever looks ahead must not use it up
        return response
    grant = setup_links.exchange(request.runtime, token)
    if grant is not None:
        response.headers.append(request.panel.cookies.write(request.environ, cookies.SETUP, grant))
    return response


def _enter(request: Request, who: Actor, location: str, used_up: str | None = None) -> Response:
    """Begin a session under a token made now: what the browser held before opens nothing."""
    if request.signed_in is not None:
        admin_sessions.end(request.runtime, request.signed_in)
    token = admin_sessions.begin(request.runtime, who)
    response = redirect(location)
    jar = request.panel.cookies
    response.headers.append(jar.write(request.environ, cookies.SESSION, token))
    if used_up is not None:
        response.headers.append(jar.drop(request.environ, used_up))
    return response


def _new_token(request: Request) -> str:
    return tokens.compose(request.runtime.random_bytes(tokens.RANDOM_BYTES))


def _wanted(request: Request) -> str:
    """Where somebody wanted to go before signing in; only ever within the panel."""
    sent = request.form.text("next") or request.query.text("next")
    base = request.plain_link("/").rstrip("/")
    is_ours = sent == base or sent.startswith((f"{base}/", f"{base}?"))
    is_plain = sent.isascii() and sent.isprintable() and "\\" not in sent and "//" not in sent
    return sent if is_ours and is_plain and len(sent) < 2000 else f"{base}/"
