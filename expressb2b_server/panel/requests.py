"""One request to the panel: who sends it, about which workspace, and what it carries."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from expressb2b_core import Workspace
from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.inputs.administrators import ROLES
from expressb2b_core.runtime import Runtime
from expressb2b_core.services import overview, workspaces
from expressb2b_core.services.scope import Actor
from expressb2b_server.panel.forms import Form
from expressb2b_server.panel.responses import Response, page, redirect

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from expressb2b_core.services.admin_sessions import SignedIn
    from expressb2b_core.services.workspaces import WorkspaceRecord
    from expressb2b_server.panel.application import Panel
    from expressb2b_server.panel.routing import Route

MOUNTED_AT = "/admin"
WORKSPACE_PREFIX = "/w/"


class Request:
    """What a page is given.

    Attributes:
        panel: What all requests share.
        token: The random text that the browser holds; forms are bound to it.
        signed_in: Who it is; None before signing in.
        workspace: The workspace the address names, as this person.
        workspace_is_known: Whether it was found yet.
        form: What was sent; empty for a page.
        query: The fields of the address.
    """

    workspace: Workspace
    route: Route

    def __init__(self, panel: Panel, environ: WSGIEnvironment, request_id: str) -> None:
        self.panel = panel
        self.environ = environ
        self.id = request_id
        self.token = ""
        self.signed_in: SignedIn | None = None
        self.workspaces: Sequence[WorkspaceRecord] = ()
        self.workspace_path = ""
        self.workspace_is_known = False
        self.path = ""
        self.form = Form()
        self.query = Form()
        self.status = 200

    @property
    def runtime(self) -> Runtime:
        """The world the services work in."""
        return self.panel.b2b.runtime

    @property
    def now(self) -> int:
        """Seconds since 1970."""
        return self.runtime.clock.now()

    @property
    def method(self) -> str:
        """`HEAD` is answered as `GET`."""
        found = str(self.environ["REQUEST_METHOD"])
        return "GET" if found == "HEAD" else found

    @property
    def address(self) -> str:
        """The client's network address."""
        return str(self.environ.get("REMOTE_ADDR", ""))

    @property
    def person(self) -> SignedIn:
        """Who is signed in, on pages that need it."""
        assert self.signed_in is not None
        return self.signed_in

    @property
    def actor(self) -> Actor:
        """Who stands in histories and in the audit log."""
        return self.person.actor

    def may(self, role: str) -> bool:
        """Whether whoever is signed in has this role, or one above it."""
        return self.signed_in is not None and ROLES.index(self.signed_in.role) >= ROLES.index(role)

    def enter(self, record: WorkspaceRecord, path: str) -> None:
        """Work on this workspace, whose addresses begin with `path`."""
        self.workspace = Workspace(workspaces.scope_of(self.runtime, record.name, self.actor))
        self.workspace_path = path
        self.workspace_is_known = True

    @cached_property
    def waiting_count(self) -> int:
        """How many orders wait for approval; 0 while the database does not answer."""
        with suppress(StorageUnavailable):
            return overview.waiting_count(self.workspace.scope)
        return 0

    @property
    def page_number(self) -> int:
        """Which page of a list the address asks for."""
        asked = self.query.whole("page")
        return max(1, asked) if isinstance(asked, int) else 1

    # Addresses

    def workspace_link(self, record: WorkspaceRecord) -> str:
        """The start of another workspace."""
        is_default = record.name == workspaces.DEFAULT
        return self.plain_link("/" if is_default else f"{WORKSPACE_PREFIX}{record.id}/")

    def link(self, path: str, /, **query: object) -> str:
        """The address of a page of the present workspace; a query of None is left out."""
        return self._address(self.workspace_path + path, query)

    def plain_link(self, path: str, /, **query: object) -> str:
        """The address of a page that belongs to no workspace."""
        return self._address(path, query)

    def link_with(self, /, **changed: object) -> str:
        """The present address with other parameters."""
        kept = {name: values[0] for name, values in self.query.all_values.items() if values}
        return self.link(self.path, **(kept | changed))

    @property
    def here(self) -> str:
        """The present address."""
        query = self.environ.get("QUERY_STRING", "")
        path = quote(str(self.environ["PATH_INFO"]).encode("latin-1"), safe="/")
        return self._base + path + (f"?{query}" if query else "")

    @property
    def documentation(self) -> str:
        """Where this server's own documentation stands."""
        return f"{self._base}/docs"

    @property
    def public_url(self) -> str:
        """Where clients of the interface reach this server."""
        if self.panel.settings.public_url:
            return self.panel.settings.public_url
        host = self.environ.get("HTTP_HOST") or self.environ["SERVER_NAME"]
        return f"{self.environ['wsgi.url_scheme']}://{host}{self._base}"

    @property
    def _base(self) -> str:
        return str(self.environ.get("SCRIPT_NAME", ""))

    def _address(self, path: str, query: dict[str, object]) -> str:
        given = {name: value for name, value in query.items() if value not in (None, "")}
        text = self._base + MOUNTED_AT + quote(path, safe="/")
        return f"{text}?{urlencode(given)}" if given else text

    # Answers

    def page(self, template: str, **values: object) -> Response:
        """A page made from a template."""
        return page(self.panel.templates.render(self, template, values), self.status)

    def done(self, path: str, notice: str, /, **query: object) -> Response:
        """Go on to a page of this workspace, which says what was done."""
        return redirect(self.link(path, done=notice, **query))
