"""Who sends this request: an API key, looked up anew for each request.

Nothing is remembered between requests, so a revoked key is refused from the next one on, in every
process. Keys are made and revoked in `keys`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from expressb2b_core import money
from expressb2b_core.rules import key_format
from expressb2b_core.runtime import Runtime
from expressb2b_core.services.limits import DEFAULTS
from expressb2b_core.services.scope import Actor, Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Scalar, Statement, param

K = tables.ApiKey
W = tables.Workspace

KEY_BUCKETS = ("read", "write", "webhook_registration")
USE_RESOLUTION_SECONDS = 60

_by_digest = Statement(
    lambda: (
        K.select(
            K.id,
            K.name,
            W.id,
            W.name,
            W.currency,
            K.scopes,
            K.version,
            K.limits,
            K.expires_at,
        )
        .join(W, on=(K.workspace == W.id))
        .where((K.digest == param("digest")) & K.revoked_at.is_null())
    )
)
_note_use = Statement(
    lambda: K.update({K.last_used_at: param("at")}).where(
        (K.id == param("id")) & (K.last_used_at.is_null() | (K.last_used_at < param("at")))
    )
)


class Principal(NamedTuple):
    """A valid key: who it is and what it may do.

    `scopes` has what `:write` implies, `limits` every bucket (requests in any 60 seconds).
    """

    key_id: str
    name: str
    workspace_id: int
    workspace_name: str
    currency: str
    decimals: int
    scopes: frozenset[str]
    version: str
    limits: Mapping[str, int]

    def allows(self, scope_name: str) -> bool:
        """Tell whether the key has this scope, such as `orders:read`."""
        return scope_name in self.scopes

    def scope(self, runtime: Runtime) -> Scope:
        """The key's workspace, with the key as the one who acts in it."""
        return Scope(
            runtime,
            self.workspace_id,
            self.workspace_name,
            self.currency,
            self.decimals,
            Actor("api_key", self.key_id, self.name),
        )


def authenticate(runtime: Runtime, authorization: str | None) -> Principal | None:
    """Whose key stands in an `Authorization: Bearer <key>` header, given its value.

    None for no header, another scheme, and a key that is malformed, unknown, revoked or expired.
    """
    if authorization is None:
        return None
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    return authenticate_key(runtime, key.strip(" "))


def authenticate_key(runtime: Runtime, key: str) -> Principal | None:
    """Whose key this text is; a mistyped one is refused without touching the database."""
    parsed = key_format.parse(key)
    if parsed is None:
        return None
    row = runtime.database.row(_by_digest, digest=parsed.digest)
    if row is None:
        return None
    key_id, name, workspace_id, workspace_name, currency, scopes, version, limits, expires = row
    if expires is not None and runtime.clock.now() >= expires:
        return None
    return Principal(
        key_id,
        name,
        workspace_id,
        workspace_name,
        currency,
        _decimals(currency),
        expanded_scopes(scopes),
        version,
        effective_limits(limits),
    )


_decimals = lru_cache(maxsize=256)(money.currency_decimals)


@lru_cache(maxsize=1024)
def expanded_scopes(stored: str) -> frozenset[str]:
    """Stored scopes (separated by spaces) with the `:read` that each `:write` implies."""
    given = stored.split()
    implied = (name.replace(":write", ":read") for name in given)
    return frozenset((*given, *implied))


@lru_cache(maxsize=1024)
def effective_limits(stored: str) -> Mapping[str, int]:
    """Stored limits (JSON, only those that differ) completed by everybody's."""
    own = json.loads(stored)
    return MappingProxyType({bucket: own.get(bucket, DEFAULTS[bucket]) for bucket in KEY_BUCKETS})


class KeyUses:
    """When keys were last used: noted in memory, written at most once a minute for each key."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._noted: dict[str, int] = {}
        self._written: dict[str, int] = {}

    def note_use(self, key_id: str) -> None:
        """Remember that this key is used now."""
        with self._lock:
            self._noted[key_id] = self._runtime.clock.now()

    def flush_uses(self, *, everything: bool = False) -> int:
        """Write what is due, or everything before the end; the number of keys written.

        Raises:
            StorageUnavailable: nothing was written; it stays noted.
        """
        due = self._due(everything)
        if not due:
            return 0
        database = self._runtime.database
        rows: list[dict[str, Scalar]] = [
            {"id": key_id, "at": at} for key_id, at in sorted(due.items())
        ]
        database.write(lambda: database.execute_many(_note_use, rows))
        with self._lock:
            for key_id, at in due.items():
                self._written[key_id] = at
                if self._noted.get(key_id) == at:
                    del self._noted[key_id]
        return len(due)

    def _due(self, everything: bool) -> dict[str, int]:
        with self._lock:
            horizon = self._runtime.clock.now() - USE_RESOLUTION_SECONDS
            self._written = {key: at for key, at in self._written.items() if at > horizon}
            return {
                key: at for key, at in self._noted.items() if everything or key not in self._written
            }
