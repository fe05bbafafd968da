"""`/api`, `/api/versions` and `/api/openapi.json`: what this is, for whoever has no key yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from expressb2b_core.services.documents import encode, entity_tag
from expressb2b_server.api.answers import Answer
from expressb2b_server.api.requests import Request
from expressb2b_server.api.routes import Routes
from expressb2b_server.release import NAME, release


def routes(describe: Callable[[], str], links: Mapping[str, str]) -> Routes:
    """The routes that need no key.

    Args:
        describe: The OpenAPI document as JSON text; asked once, at the first request.
        links: Where to go from `/api`, paths by name.
    """
    found = Routes("About")
    described: list[bytes] = []

    @found.get("/api", gives="about")
    def get_root(request: Request) -> Answer:
        """Get to know the interface.

        Its versions, and where to go from here.
        """
        about = {
            "name": NAME,
            "release": release(),
            "newest_version": request.versions.newest,
            "versions": request.versions.names,
            "links": {name: request.link(path) for name, path in links.items()},
        }
        return Answer(200, encode(about).encode())

    @found.get("/api/versions", gives="versions")
    def list_versions(request: Request) -> Answer:
        """List the versions of the interface.

        A deprecated one is answered with `Deprecation` and `Sunset` headers.
        """
        rows = [
            {
                "version": version.name,
                "state": version.state,
                "released_on": version.released_on,
                "deprecated_on": version.deprecated_on,
                "sunset_on": version.sunset_on,
            }
            for version in request.versions
        ]
        answer = {"data": rows, "meta": {"newest": request.versions.newest}}
        return Answer(200, encode(answer).encode())

    @found.get("/api/openapi.json", gives="openapi")
    def get_openapi(request: Request) -> Answer:
        """Retrieve this description.

        OpenAPI 3.1, with every path, schema and webhook.
        """
        if not described:
            described.append(describe().encode())
        return Answer(200, described[0], etag=f'"{entity_tag(described[0].decode())}"')

    return found
