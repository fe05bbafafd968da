"""Puts the server together: everything that answers, as one WSGI callable.

Running it is left to `running` (our own server) or to whoever mounts it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from expressb2b_core import ExpressB2B
from expressb2b_core.services.keys import KeyUses
from expressb2b_core.services.shared_limits import limits_of
from expressb2b_server.api import about, operations, table
from expressb2b_server.api.description import document
from expressb2b_server.api.dispatch import Api
from expressb2b_server.api.gate import Gate
from expressb2b_server.api.routes import Route
from expressb2b_server.documentation import PATHS, create_documentation
from expressb2b_server.metrics import Metrics
from expressb2b_server.mounting import Mounted
from expressb2b_server.panel.application import create_panel
from expressb2b_server.panel.requests import MOUNTED_AT
from expressb2b_server.release import release
from expressb2b_server.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LINKS: Mapping[str, str] = {
    "docs": "/docs",
    "versions": "/api/versions",
    "openapi": "/api/openapi.json",
    "orders": "/api/orders",
    "products": "/api/products",
    "billing_accounts": "/api/billing-accounts",
    "events": "/api/events",
}


class Application:
    """The WSGI callable, with the state that outlives a request.

    Attributes:
        limits: The windows of all keys; saved when the server stops.
        key_uses: Which keys were used; written now and then.
        metrics: The figures of `/metrics`.
        routes: Every route of the interface.
        places: What is mounted for people, paths by name; the server prints them.
    """

    def __init__(self, b2b: ExpressB2B, settings: Settings) -> None:
        self.b2b = b2b
        self.limits = limits_of(b2b.runtime)
        self.key_uses = KeyUses(b2b.runtime)
        self.metrics = Metrics(b2b.runtime.clock, release())
        self.routes: tuple[Route, ...] = (
            *table.KEYED,
            *about.routes(self.describe, LINKS),
            *operations.routes(b2b, self.metrics, settings.metrics_token, settings.trusted_proxy),
        )
        gate = Gate(b2b, self.limits, self.key_uses)
        self._api = Api(b2b, self.routes, gate, self.metrics, settings.public_url)
        self.places: dict[str, str] = {}
        self._mounted: dict[str, WSGIApplication] = {}

    def mount(self, prefix: str, application: WSGIApplication, place: str | None = None) -> None:
        """Let another WSGI application answer below a path of one segment, such as `/admin`.

        `place` is what people call it; its address is printed when the server starts.
        """
        if place is not None:
            self.places[place] = prefix
        self._mounted[_first_segment(prefix)] = Mounted(application, self.b2b.runtime)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.setdefault("PATH_INFO", "")
        application = self._mounted.get(_first_segment(path), self._api)
        return application(environ, start_response)

    def found_at(self, address: str) -> None:
        """Say where clients reach it, for links, unless the operator's settings said so."""
        self._api.public_url = self._api.public_url or address

    def describe(self) -> str:
        """The OpenAPI document of all routes, as JSON text."""
        return document.text(self.routes, self.b2b.runtime.versions.names)


def _first_segment(path: str) -> str:
    return path[1:].partition("/")[0]


def create_app(b2b: ExpressB2B, settings: Settings | None = None) -> Application:
    """The whole HTTP face of an `ExpressB2B`, to be served by any WSGI server."""
    settings = settings or Settings()
    application = Application(b2b, settings)
    application.mount(MOUNTED_AT, create_panel(b2b, settings), "Panel")
    pages = create_documentation(application.describe, public_url=settings.public_url)
    for path in PATHS:
        application.mount(path, pages)
    application.places["Docs"] = PATHS[0]
    return application
