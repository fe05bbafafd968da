"""Who may come in, to the shop on SQLAlchemy: the same checks of key, scope and limit as ours."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict, deque
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.contestants.peers.models import ApiKey

_WINDOW_SECONDS = 60


class Refused(Exception):
    """The request is answered with this status."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Admitted(NamedTuple):
    """A key that may do what it asks, and the headers that tell it of its limit."""

    key: ApiKey
    headers: dict[str, str]


class Limits:
    """The exact log of the requests of the last minute, for each key and bucket."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logs: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def take(self, key_id: str, bucket: str, limit: int) -> dict[str, str]:
        """Count a request; the headers that say what is left.

        Raises:
            Refused: it is one too many.
        """
        now = time.monotonic()
        with self._lock:
            log = self._logs[key_id, bucket]
            while log and log[0] <= now - _WINDOW_SECONDS:
                log.popleft()
            if len(log) >= limit:
                raise Refused(429, "rate_limited")
            log.append(now)
            remaining, reset = limit - len(log), int(log[0] + _WINDOW_SECONDS - now) + 1
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(int(time.time()) + reset),
            "RateLimit-Policy": f'"{bucket}";q={limit};w={_WINDOW_SECONDS}',
            "RateLimit": f'"{bucket}";r={remaining};t={reset}',
            "X-ExpressB2B-Version": "2026-03",
        }


def admit(session: Session, limits: Limits, header: str | None, method: str, noun: str) -> Admitted:
    """The key of a request to this noun.

    Raises:
        Refused: no valid key, not for this, or not now.
    """
    scheme, _, text = (header or "").partition(" ")
    digest = hashlib.sha256(text.encode()).hexdigest()
    key = session.scalar(select(ApiKey).where(ApiKey.digest == digest))
    now = int(time.time())
    if (
        key is None
        or scheme.lower() != "bearer"
        or key.revoked_at is not None
        or (key.expires_at is not None and key.expires_at <= now)
    ):
        raise Refused(401, "unauthorized")
    bucket = "read" if method in ("GET", "HEAD") else "write"
    headers = limits.take(key.id, bucket, key.limits[bucket])
    if f"{noun}:{bucket}" not in key.scopes.split():
        raise Refused(403, "insufficient_scope")
    return Admitted(key, headers)
