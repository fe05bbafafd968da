"""What every other WSGI application beside the interface needs around it: a request id, an end.

Its own errors are its own to show; what it lets escape becomes a problem document, and is logged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from expressb2b_core.runtime import Runtime
from expressb2b_server.api.problems import MEDIA_TYPE, problem
from expressb2b_server.api.refusals import InternalError
from expressb2b_server.serving.refusals import is_valid_request_id

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_log = logging.getLogger("expressb2b.api")

REQUEST_ID = "expressb2b.request_id"
"""Where a mounted application finds the id of its request, in the WSGI environment."""


class Mounted:
    """A WSGI application whose answers carry a request id and the interface's version."""

    def __init__(self, application: WSGIApplication, runtime: Runtime) -> None:
        self._application = application
        self._runtime = runtime

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        sent = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = sent if is_valid_request_id(sent) else self._runtime.new_id()
        environ[REQUEST_ID] = request_id
        added = [
            ("X-Request-Id", request_id),
            ("X-ExpressB2B-Version", self._runtime.versions.newest),
        ]

        def start(
            status: str, headers: list[tuple[str, str]], error: OptExcInfo | None = None
        ) -> Callable[[bytes], object]:
            return start_response(status, [*headers, *added], error)

        try:
            return self._application(environ, start)
        except Exception:
            _log.exception("a request failed, request_id=%s", request_id)
            refused = problem(InternalError(), request_id)
        headers = [("Content-Type", MEDIA_TYPE), ("Content-Length", str(len(refused.body)))]
        start("500 Internal Server Error", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else refused.body]
