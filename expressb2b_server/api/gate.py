"""Who may come in: the key of a request, its limit, its version and its scope, in this order.

An accepted request counts against its limit whatever its answer will be; so the limit is taken
as soon as the key is known, and every answer to a key can say what is left.
"""

from __future__ import annotations

from typing import NoReturn

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import InsufficientScope, RateLimited, Unauthorized
from expressb2b_core.rules.rate_limit import Decision
from expressb2b_core.services.keys import KeyUses, authenticate
from expressb2b_core.services.limits import DEFAULTS, FAILED_AUTHENTICATION, RequestLimits
from expressb2b_server.api.requests import Request

WINDOW_SECONDS = 60

Header = tuple[str, str]


class Gate:
    """Lets the requests of valid keys pass, within their limits."""

    def __init__(self, b2b: ExpressB2B, limits: RequestLimits, uses: KeyUses) -> None:
        self._b2b = b2b
        self._runtime = b2b.runtime
        self._limits = limits
        self._uses = uses

    def admit(self, request: Request) -> None:
        """Fill in who sends a request, in which version, and for which workspace.

        Raises:
            Unauthorized: no valid key; the same whatever is wrong with it.
            RateLimited: of the key, or of an address with too many failed attempts.
            UnknownVersion: the version asked for, or the key's, does not exist.
            InsufficientScope: the key may not do this.
        """
        principal = authenticate(self._runtime, request.header("AUTHORIZATION"))
        if principal is None:
            self._turn_away(str(request.environ.get("REMOTE_ADDR", "")))
        request.principal = principal
        self._uses.note_use(principal.key_id)
        bucket = request.route.bucket
        request.limit = self._limits.take(principal.key_id, bucket, principal.limits[bucket])
        if not request.limit.allowed:
            raise RateLimited(request.limit.retry_after_seconds)
        asked = request.header("X_EXPRESSB2B_VERSION")
        request.version = self._runtime.versions.get(
            principal.version if asked is None else asked
        ).name
        required = request.route.scope
        if required is not None and not principal.allows(required):
            raise InsufficientScope(required)
        request.workspace = self._b2b.workspace_for(principal)

    def _turn_away(self, address: str) -> NoReturn:
        limit = DEFAULTS[FAILED_AUTHENTICATION]
        decision = self._limits.take(address, FAILED_AUTHENTICATION, limit)
        if not decision.allowed:
            raise RateLimited(decision.retry_after_seconds)
        raise Unauthorized


def limit_headers(bucket: str, limit: Decision, now: int) -> tuple[Header, ...]:
    """What a key is told of its limit: the common headers, and those of the IETF draft."""
    remaining, reset = limit.remaining, limit.reset_seconds
    return (
        ("X-RateLimit-Limit", str(limit.limit)),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Reset", str(now + reset)),
        ("RateLimit-Policy", f'"{bucket}";q={limit.limit};w={WINDOW_SECONDS}'),
        ("RateLimit", f'"{bucket}";r={remaining};t={reset}'),
    )
