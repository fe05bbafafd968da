"""Answers kept for repeats: the same request with the same `Idempotency-Key` has one effect.

An answer is kept in the transaction of its effect, for seven days, for each API key by itself.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import peewee

from expressb2b_core.errors import IdempotencyInProgress, IdempotencyKeyReused
from expressb2b_core.runtime import Runtime
from expressb2b_core.services.documents import encode
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, all_values_from, param, values_from

R = tables.IdempotentReply

KEPT_SECONDS = 7 * 86_400

_reply = Statement(
    lambda: R.select(R.fingerprint, R.status, R.headers, R.body).where(
        (R.api_key == param("api_key"))
        & (R.idempotency_key == param("idempotency_key"))
        & (R.created_at > param("expired"))
    )
)
_keep = Statement(
    lambda: R.insert(all_values_from(R)).on_conflict(
        conflict_target=[R.api_key, R.idempotency_key],
        update=values_from(R.fingerprint, R.status, R.headers, R.body, R.created_at),
        where=(R.created_at <= param("expired")),
    )
)
_prune = Statement(
    lambda: peewee.ModelDelete(R).where(
        peewee.Tuple(R.api_key, R.idempotency_key).in_(
            R.select(R.api_key, R.idempotency_key)
            .where(R.created_at <= param("expired"))
            .order_by(R.created_at)
            .limit(param("batch"))
        )
    )
)


class StoredReply(NamedTuple):
    """The answer to the first such request."""

    status: int
    headers: Mapping[str, str]
    body: str


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What two requests have in common if they are the same: method, path and body."""
    # Lengths first, so that no path can pretend to hold the beginning of a body.
    head = f"{len(method)} {method} {len(path)} {path} ".encode("utf-8", "surrogatepass")
    return hashlib.sha256(head + body).hexdigest()


def find(
    runtime: Runtime, key_id: str, idempotency_key: str, fingerprint: str
) -> StoredReply | None:
    """The answer kept for this request, or None when there is none of the last seven days.

    Raises:
        IdempotencyKeyReused: the key stands for another request.
    """
    row = runtime.database.row(
        _reply,
        api_key=key_id,
        idempotency_key=idempotency_key,
        expired=runtime.clock.now() - KEPT_SECONDS,
    )
    if row is None:
        return None
    if row[0] != fingerprint:
        raise IdempotencyKeyReused
    return StoredReply(row[1], json.loads(row[2]), row[3])


def keep(
    runtime: Runtime,
    key_id: str,
    idempotency_key: str,
    fingerprint: str,
    status: int,
    headers: Mapping[str, str],
    body: str,
) -> None:
    """Keep an answer. Belongs inside the write of the effect, so that both stay or neither.

    Raises:
        IdempotencyInProgress: another process kept one meanwhile; the write has to be undone.
    """
    now = runtime.clock.now()
    kept = runtime.database.execute(
        _keep,
        api_key=key_id,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
        status=status,
        headers=encode(dict(headers)),
        body=body,
        created_at=now,
        expired=now - KEPT_SECONDS,
    )
    if not kept:
        raise IdempotencyInProgress


def prune(runtime: Runtime, batch: int = 1000) -> int:
    """Delete answers older than seven days, at most `batch` of them; how many there were."""
    expired = runtime.clock.now() - KEPT_SECONDS
    database = runtime.database
    return database.write(lambda: database.execute(_prune, expired=expired, batch=batch))


class InFlight:
    """The requests with an `Idempotency-Key` that are running in this process. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[tuple[str, str]] = set()

    @contextmanager
    def running(self, key_id: str, idempotency_key: str) -> Iterator[None]:
        """Let one such request run at a time.

        Raises:
            IdempotencyInProgress: the first one is still running.
        """
        mine = (key_id, idempotency_key)
        with self._lock:
            if mine in self._running:
                raise IdempotencyInProgress
            self._running.add(mine)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(mine)
