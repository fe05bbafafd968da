"""One request on its way through: what was sent, and what is known of it so far."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from expressb2b_core.rules.versions import Versions
from expressb2b_core.services.documents import encode
from expressb2b_server.api import preconditions

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from expressb2b_core import Workspace
    from expressb2b_core.rules.rate_limit import Decision
    from expressb2b_core.services.keys import Principal
    from expressb2b_server.api.routes import Route

_POSITIONS = ("cursor", "page", "after")


class Request:
    """What a handler is given. It may be read in any thread, and more than once.

    Everything but what it was made with is filled in on the way, before the handler is called;
    `version` is the newest until the one asked for is known.
    """

    __slots__ = (
        "base_url",
        "environ",
        "id",
        "limit",
        "pairs",
        "principal",
        "route",
        "version",
        "versions",
        "workspace",
    )

    workspace: Workspace

    def __init__(
        self,
        environ: WSGIEnvironment,
        request_id: str,
        route: Route,
        versions: Versions,
        *,
        base_url: str = "",
    ) -> None:
        self.environ = environ
        self.id = request_id
        self.route = route
        self.versions = versions
        self.base_url = base_url
        self.version = versions.newest
        self.principal: Principal | None = None
        self.limit: Decision | None = None
        self.pairs: list[tuple[str, str]] = []

    @property
    def method(self) -> str:
        """As sent."""
        found: str = self.environ["REQUEST_METHOD"]
        return found

    def header(self, name: str) -> str | None:
        """A header, by its WSGI name without `HTTP_`."""
        found: str | None = self.environ.get(f"HTTP_{name}")
        return found

    @property
    def if_match(self) -> frozenset[str] | None:
        """The entity tags that a change depends on; `InvalidHeader` when they cannot be read."""
        return preconditions.read_if_match(self.header("IF_MATCH"))

    @property
    def is_newest(self) -> bool:
        """Nothing has to be transformed."""
        return self.version == self.versions.newest

    def shaped(self, text: str) -> str:
        """A resource of this route in the version that was asked for."""
        kind = self.route.gives
        if self.is_newest or kind is None:
            return text
        return encode(self.versions.take_back(kind, self.version, json.loads(text)))

    def quoted_tag(self, tag: str) -> str:
        """The `ETag` of a resource that is answered to this request."""
        return preconditions.quoted(tag, self.version, self.versions.newest)

    def link(self, collection: str, identity: str = "") -> str:
        """A link to a resource; absolute where the public address is known, else relative."""
        return f"{self.base_url}{collection}{quote(identity, safe='')}"

    def link_onward(self, name: str, position: str) -> str:
        """A link to this list from another position, whose text needs no encoding."""
        filters = [pair for pair in self.pairs if pair[0] not in _POSITIONS]
        query = f"{urlencode(filters)}&{name}={position}" if filters else f"{name}={position}"
        return f"{self.base_url}{self.environ['PATH_INFO']}?{query}"
