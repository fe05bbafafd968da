"""Believes a proxy's forwarding headers when it is a trusted one, and drops everybody else's.

That there were any stays known to the application, as `WAS_FORWARDED` in the environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from waitress.proxy_headers import (
    PROXY_HEADERS,
    MalformedProxyHeader,
    clear_untrusted_headers,
    parse_proxy_headers,
)

from expressb2b_server.serving.refusals import bad_request, is_valid_request_id, render
from expressb2b_server.serving.settings import Serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


WAS_FORWARDED = "expressb2b.was_forwarded"
"""True in the environment of a request that came through a proxy, trusted or not."""

_FORWARDING = frozenset(f"HTTP_{header}" for header in PROXY_HEADERS)


class TrustedProxy:
    """WSGI middleware: the address and scheme the application sees are those of the client."""

    def __init__(
        self, application: WSGIApplication, serving: Serving, new_request_id: Callable[[], str]
    ) -> None:
        self._application = application
        self._serving = serving
        self._new_request_id = new_request_id

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[WAS_FORWARDED] = not _FORWARDING.isdisjoint(environ)
        if not environ[WAS_FORWARDED]:
            return self._application(environ, start_response)
        untrusted = PROXY_HEADERS
        if self._serving.trusted_proxy in ("*", environ["REMOTE_ADDR"]):
            try:
                untrusted = self._believe(environ)
            except (MalformedProxyHeader, IndexError, ValueError):
                return self._refuse(environ, start_response)
        clear_untrusted_headers(environ, untrusted)
        return self._application(environ, start_response)

    def _believe(self, environ: WSGIEnvironment) -> Any:
        return parse_proxy_headers(
            environ,
            trusted_proxy_count=self._serving.trusted_proxy_count,
            trusted_proxy_headers=self._serving.trusted_proxy_headers,
        )

    def _refuse(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        sent = str(environ.get("HTTP_X_REQUEST_ID", ""))
        request_id = sent if is_valid_request_id(sent) else self._new_request_id()
        refusal = bad_request("A forwarding header set by the proxy is malformed.")
        headers, body = render(refusal, request_id)
        headers += [("Content-Length", str(len(body))), *self._serving.refusal_headers]
        start_response(refusal.status_line, headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
