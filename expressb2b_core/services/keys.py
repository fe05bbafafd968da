"""API keys of a workspace: made, shown, rotated, revoked.

Only the SHA-256 of a key's text is stored; the text itself is shown once, by `create` and
`rotate`. Recognising the keys of requests is `authentication`'s matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import peewee

from expressb2b_core.errors import Conflict, NotFound
from expressb2b_core.inputs.constraints import is_storable
from expressb2b_core.inputs.keys import ALL_SCOPES, KeyInput, RotationInput
from expressb2b_core.inputs.records import checked
from expressb2b_core.rules import key_format
from expressb2b_core.services import audit
from expressb2b_core.services.authentication import (
    KeyUses,
    Principal,
    authenticate,
    authenticate_key,
)
from expressb2b_core.services.documents import encode
from expressb2b_core.services.key_documents import (
    KEY_COLUMNS,
    Key,
    KeyState,
    NewKey,
    key_text,
    new_key_text,
)
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, all_values_from, param

__all__ = [
    "ALL_SCOPES",
    "Key",
    "KeyUses",
    "Keys",
    "NewKey",
    "Principal",
    "authenticate",
    "authenticate_key",
]

K = tables.ApiKey

_all = Statement(
    lambda: K.select(*KEY_COLUMNS).where(K.workspace == param("workspace")).order_by(K.id)
)


def _select_called() -> peewee.Query:
    named = (
        (K.id == param("reference"))
        | (K.prefix == param("reference"))
        | (K.name == param("reference"))
    )
    return (
        K.select(*KEY_COLUMNS)
        .where((K.workspace == param("workspace")) & named)
        .order_by(K.id.desc())
    )


_called = Statement(_select_called)
_called_to_end = Statement(_select_called, locking=True)
_insert = Statement(lambda: K.insert(all_values_from(K)))
_end = Statement(
    lambda: K.update({K.expires_at: param("expires_at"), K.revoked_at: param("revoked_at")}).where(
        (K.id == param("id")) & K.revoked_at.is_null()
    )
)


class Keys:
    """The API keys of one workspace.

    A key is called by its id, its prefix (the 8 characters behind `eb2b_live_`), or its name.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._database = scope.runtime.database

    def create(
        self,
        name: str,
        scopes: Sequence[str] | None = None,
        expires_in_seconds: int | None = None,
        limits: Mapping[str, int] | None = None,
        version: str | None = None,
        mode: str = "live",
    ) -> NewKey:
        """Make a key.

        Args:
            name: What people call it.
            scopes: Such as `orders:read`; all by default.
            expires_in_seconds: Never, by default.
            limits: Requests in any 60 seconds, where they differ: `{"read": 600}`.
            version: The version of the interface it is pinned to; the newest by default.
            mode: `live` or `test`; shown in its text, nothing else.

        Raises:
            ValidationFailed: naming every field that needs attention.
            UnknownVersion: there is no such version.
        """
        given = checked(
            KeyInput,
            {
                "name": name,
                "scopes": ALL_SCOPES if scopes is None else scopes,
                "expires_in_seconds": expires_in_seconds,
                "limits": {} if limits is None else limits,
                "version": version,
                "mode": mode,
            },
        )
        return self._database.write(lambda: self._create(given))

    def list(self) -> Sequence[Key]:
        """All keys, the revoked and expired ones too, oldest first."""
        rows = self._database.rows(_all, workspace=self._scope.workspace_id)
        return [self._document(KeyState._make(row)) for row in rows]

    def get(self, reference: str) -> Key:
        """The key of this id, prefix or name; `NotFound` when there is none.

        A name stands for the active key that has it, or else for the last one.

        Raises:
            Conflict: several active keys have this name.
        """
        return self._document(self._state(reference))

    def rotate(self, reference: str, overlap_seconds: int = 0) -> NewKey:
        """A new text with the settings and the expiry of a key.

        The old key is revoked at once, or works on beside it for `overlap_seconds`.

        Raises:
            NotFound: there is no such key.
            Conflict: it is revoked or expired, or several active keys have this name.
            ValidationFailed: no such overlap.
        """
        given = checked(RotationInput, {"overlap_seconds": overlap_seconds})
        return self._database.write(lambda: self._rotate(reference, given["overlap_seconds"]))

    def revoke(self, reference: str) -> Key:
        """End a key; it is refused from the next request on. A revoked one stays as it is.

        Raises:
            NotFound: there is no such key.
            Conflict: several active keys have this name.
        """
        return self._database.write(lambda: self._revoke(reference))

    def _create(self, given: KeyInput) -> NewKey:
        now = self._scope.runtime.clock.now()
        versions = self._scope.runtime.versions
        lifetime = given["expires_in_seconds"]
        key = self._insert(
            KeyState(
                id=self._scope.runtime.new_id(),
                name=given["name"],
                mode=given["mode"],
                prefix="",
                scopes=" ".join(name for name in ALL_SCOPES if name in given["scopes"]),
                version=versions.get(given["version"] or versions.newest).name,
                limits=encode(given["limits"]),
                created_at=now,
                expires_at=None if lifetime is None else now + lifetime,
                revoked_at=None,
                last_used_at=None,
            )
        )
        self._record("created", key, {"scopes": key.scopes, "expires_at": key.expires_at})
        return key

    def _rotate(self, reference: str, overlap_seconds: int) -> NewKey:
        now = self._scope.runtime.clock.now()
        old = self._state(reference, _called_to_end)
        if old.state(now) != "active":
            raise Conflict(f"This key is {old.state(now)}; create a new one.")
        if overlap_seconds:
            until = now + overlap_seconds
            until = until if old.expires_at is None else min(until, old.expires_at)
            self._database.execute(_end, id=old.id, expires_at=until, revoked_at=None)
        else:
            self._database.execute(_end, id=old.id, expires_at=old.expires_at, revoked_at=now)
        new_id = self._scope.runtime.new_id()
        key = self._insert(old._replace(id=new_id, created_at=now, last_used_at=None))
        self._record("rotated", key, {"replaces": old.id, "overlap_seconds": overlap_seconds})
        return key

    def _revoke(self, reference: str) -> Key:
        key = self._state(reference, _called_to_end)
        if key.revoked_at is None:
            now = self._scope.runtime.clock.now()
            key = key._replace(revoked_at=now)
            self._database.execute(_end, id=key.id, expires_at=key.expires_at, revoked_at=now)
            self._record("revoked", key, {})
        return self._document(key)

    def _insert(self, draft: KeyState) -> NewKey:
        random = self._scope.runtime.random_bytes(key_format.RANDOM_BYTES)
        text = key_format.compose("test" if draft.mode == "test" else "live", random)
        parsed = key_format.parse(text)
        assert parsed is not None
        key = draft._replace(prefix=parsed.prefix)
        self._database.execute(
            _insert,
            workspace_id=self._scope.workspace_id,
            digest=parsed.digest,
            **key._asdict(),
        )
        return NewKey(new_key_text(self._scope, key, text), created=True)

    def _state(self, reference: str, statement: Statement = _called) -> KeyState:
        if not is_storable(reference):
            raise NotFound("API key")
        found = [
            KeyState._make(row)
            for row in self._database.rows(
                statement, workspace=self._scope.workspace_id, reference=reference
            )
        ]
        exact = [key for key in found if reference in (key.id, key.prefix)]
        if exact:
            return exact[0]
        now = self._scope.runtime.clock.now()
        active = [key for key in found if key.state(now) == "active"]
        if len(active) > 1:
            raise Conflict(f"{len(active)} active keys are called {reference}; give an id.")
        if not found:
            raise NotFound("API key", reference)
        return (active or found)[0]

    def _record(self, action: str, key: KeyState | Key, details: Mapping[str, object]) -> None:
        told = {"name": key.name, "prefix": key.prefix, **details}
        audit.record(self._scope, f"key.{action}", "api_key", key.id, told)

    def _document(self, key: KeyState) -> Key:
        return Key(key_text(self._scope, key))
