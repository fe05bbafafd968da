"""`/livez`, `/readyz`, `/healthz` and `/metrics`: for whatever watches over the server."""

from __future__ import annotations

import hmac
import re

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import StorageUnavailable, Unauthorized
from expressb2b_server.api.answers import Answer
from expressb2b_server.api.refusals import NoSuchPath
from expressb2b_server.api.requests import Request
from expressb2b_server.api.routes import Routes
from expressb2b_server.metrics import MEDIA_TYPE, Metrics
from expressb2b_server.serving.trusted_proxy import WAS_FORWARDED

_WELL = Answer(200, b'{"status":"ok"}')
_LOOPBACK = ("127.", "::1", "::ffff:127.")
# Set by proxies, so the client behind them is not on this machine although the proxy is. Our own
# server drops most of them before, and leaves a mark; another one may not.
_LOCAL_HOST = re.compile(r"(?:localhost|127(?:\.[0-9]+){3}|\[::1\])(?::[0-9]*)?", re.IGNORECASE)
_FORWARDING = ("FORWARDED", "X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_REAL_IP", "VIA")


def routes(
    b2b: ExpressB2B, metrics: Metrics, metrics_token: str | None, trusted_proxy: str | None = None
) -> Routes:
    """The routes for operators; `metrics_token` opens `/metrics` to other machines.

    What the trusted proxy sends is never from this machine, though the proxy may be.
    """
    found = Routes("Operations")

    def well() -> Answer:
        try:
            b2b.runtime.database.run_sql("SELECT 1")
        except Exception as error:
            raise StorageUnavailable("The database does not answer.") from error
        return _WELL

    @found.get("/livez", gives="health")
    def get_liveness(request: Request) -> Answer:
        """Tell whether the process is alive.

        It answers without looking at the database.
        """
        return _WELL

    @found.get("/readyz", gives="health")
    def get_readiness(request: Request) -> Answer:
        """Tell whether requests can be answered.

        503 while the database does not answer.
        """
        return well()

    @found.get("/healthz", gives="health")
    def get_health(request: Request) -> Answer:
        """Tell whether all is well.

        The same as `/readyz`.
        """
        return well()

    @found.get("/metrics", media_type=MEDIA_TYPE, raises=(Unauthorized,))
    def get_metrics(request: Request) -> Answer:
        """Read figures in the Prometheus format.

        From this machine, or with the bearer token that the operator set.
        """
        require_access(request, metrics_token, trusted_proxy)
        return Answer(200, metrics.text().encode(), media_type=MEDIA_TYPE)

    return found


def require_access(request: Request, token: str | None, trusted_proxy: str | None) -> None:
    """Let the bearer of the token pass, and without one whoever is on this machine.

    Raises:
        Unauthorized: a token is set, and this is not it.
        NoSuchPath: no token is set, and the request comes from elsewhere.
    """
    if is_local(request, trusted_proxy):
        return
    if token is None:
        raise NoSuchPath
    sent = (request.header("AUTHORIZATION") or "").encode("utf-8", "replace")
    if not hmac.compare_digest(sent, f"Bearer {token}".encode()):
        raise Unauthorized


def is_local(request: Request, trusted_proxy: str | None) -> bool:
    """Whether a request was made on this machine, and not through a proxy on it.

    A proxy that forgets to say for whom it asks is known by its address, where the operator named
    it, or by the public name that it asks for; so is a browser that was led here by a false name.
    """
    address = str(request.environ.get("REMOTE_ADDR", ""))
    if trusted_proxy in ("*", address) or not _LOCAL_HOST.fullmatch(
        request.header("HOST") or "localhost"
    ):
        return False
    was_forwarded = request.environ.get(WAS_FORWARDED) or any(map(request.header, _FORWARDING))
    return address.startswith(_LOOPBACK) and not was_forwarded
