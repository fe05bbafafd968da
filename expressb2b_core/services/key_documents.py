"""API keys as values inside and as JSON documents outside."""

from __future__ import annotations

from typing import NamedTuple

from expressb2b_core.inputs.moments import optional_text
from expressb2b_core.inputs.moments import text as moment_text
from expressb2b_core.services.authentication import effective_limits
from expressb2b_core.services.documents import Document, encode
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables

K = tables.ApiKey

KEY_COLUMNS = (
    K.id,
    K.name,
    K.mode,
    K.prefix,
    K.scopes,
    K.version,
    K.limits,
    K.created_at,
    K.expires_at,
    K.revoked_at,
    K.last_used_at,
)


class Key(Document):
    """An API key without its text; `state` is `active`, `expired` or `revoked`."""

    __slots__ = ()

    id: str
    name: str
    workspace: str
    state: str
    mode: str
    prefix: str
    scopes: list[str]
    version: str
    limits: dict[str, int]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class NewKey(Key):
    """A key that was just made, with its text: `key` is shown here and never again."""

    __slots__ = ()

    key: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r}, name={self.name!r}, prefix={self.prefix!r})"


class KeyState(NamedTuple):
    """A key as it is stored; times are seconds since 1970."""

    id: str
    name: str
    mode: str
    prefix: str
    scopes: str
    version: str
    limits: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None

    def state(self, now: int) -> str:
        """What has become of it."""
        if self.revoked_at is not None:
            return "revoked"
        expired = self.expires_at is not None and self.expires_at <= now
        return "expired" if expired else "active"


def key_text(scope: Scope, key: KeyState) -> str:
    """The document of a key."""
    return encode({"id": key.id, **_fields(scope, key)})


def new_key_text(scope: Scope, key: KeyState, text: str) -> str:
    """The document of a key that was just made, with its text."""
    return encode({"id": key.id, "key": text, **_fields(scope, key)})


def _fields(scope: Scope, key: KeyState) -> dict[str, object]:
    return {
        "name": key.name,
        "workspace": scope.workspace_name,
        "state": key.state(scope.runtime.clock.now()),
        "mode": key.mode,
        "prefix": key.prefix,
        "scopes": key.scopes.split(),
        "version": key.version,
        "limits": dict(effective_limits(key.limits)),
        "created_at": moment_text(key.created_at),
        "expires_at": optional_text(key.expires_at),
        "revoked_at": optional_text(key.revoked_at),
        "last_used_at": optional_text(key.last_used_at),
    }
