"""Who is signed in to the panel, in which browser, and until when.

A browser holds a random token; the database holds its digest, so that a session can be ended at
once, and a stolen database signs nobody in.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import peewee

from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.rules import tokens
from expressb2b_core.runtime import Runtime
from expressb2b_core.services import audit
from expressb2b_core.services.scope import Actor
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, all_values_from, param

S = tables.AdminSession
A = tables.Administrator

IDLE_SECONDS = 12 * 3600
LIFETIME_SECONDS = 7 * 86_400
SEEN_RESOLUTION_SECONDS = 300
"""Being seen is written this often at most, so that reading pages writes next to nothing."""

_insert = Statement(lambda: S.insert(all_values_from(S)))
_find = Statement(
    lambda: (
        S.select(S.digest, S.last_seen_at, S.created_at, A.id, A.name, A.email, A.role)
        .join(A)
        .where(
            (S.digest == param("digest"))
            & S.revoked_at.is_null()
            & (S.expires_at > param("now"))
            & A.disabled_at.is_null()
        )
    )
)
_touch = Statement(
    lambda: S.update(last_seen_at=param("now"), expires_at=param("expires_at")).where(
        (S.digest == param("digest")) & S.revoked_at.is_null()
    )
)
_end = Statement(
    lambda: S.update(revoked_at=param("now")).where(
        (S.digest == param("digest")) & S.revoked_at.is_null()
    )
)
_end_all = Statement(
    lambda: S.update(revoked_at=param("now")).where(
        (S.administrator == param("administrator"))
        & (S.digest != param("but"))
        & S.revoked_at.is_null()
        & (S.expires_at > param("now"))
    )
)
_open_of = Statement(
    lambda: (
        S.select(S.digest, S.created_at, S.last_seen_at, S.expires_at)
        .where(
            (S.administrator == param("administrator"))
            & S.revoked_at.is_null()
            & (S.expires_at > param("now"))
        )
        .order_by(S.last_seen_at.desc(), S.digest)
    )
)
_forget_old = Statement(lambda: peewee.ModelDelete(S).where(S.expires_at < param("horizon")))
_note_sign_in = Statement(
    lambda: A.update(last_sign_in_at=param("now")).where(A.id == param("administrator"))
)


class SignedIn(NamedTuple):
    """A person and the session they came with; `created_at` is when they signed in."""

    digest: str
    last_seen_at: int
    created_at: int
    administrator_id: str
    name: str
    email: str
    role: str

    @property
    def actor(self) -> Actor:
        """Who stands in histories for what this person does."""
        return Actor("admin", self.administrator_id, self.name)


class OpenSession(NamedTuple):
    """A browser in which somebody is signed in; its times are seconds since 1970."""

    digest: str
    created_at: int
    last_seen_at: int
    expires_at: int


def begin(runtime: Runtime, actor: Actor) -> str:
    """The token of a new session of this administrator."""
    token = tokens.compose(runtime.random_bytes(tokens.RANDOM_BYTES))
    assert actor.id is not None
    administrator_id = actor.id

    def work() -> str:
        database, now = runtime.database, runtime.clock.now()
        database.execute(_forget_old, horizon=now - LIFETIME_SECONDS)
        database.execute(
            _insert,
            digest=tokens.digest(token),
            administrator_id=administrator_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + IDLE_SECONDS,
            revoked_at=None,
        )
        database.execute(_note_sign_in, administrator=administrator_id, now=now)
        audit.record_installation(
            runtime, actor, "administrator.signed_in", "administrator", administrator_id
        )
        return token

    return runtime.database.write(work)


def find(runtime: Runtime, token: str) -> SignedIn | None:
    """Who holds this token; None when it is unknown, ended, too old, or its owner disabled."""
    now = runtime.clock.now()
    row = runtime.database.row(_find, digest=tokens.digest(token), now=now)
    if row is None:
        return None
    found = SignedIn._make(row)
    if now - found.last_seen_at >= SEEN_RESOLUTION_SECONDS:
        _see(runtime, found, now)
    return found


def end(runtime: Runtime, session: SignedIn) -> None:
    """Sign out: the token is refused from now on."""

    def work() -> None:
        runtime.database.execute(_end, digest=session.digest, now=runtime.clock.now())
        audit.record_installation(
            runtime,
            session.actor,
            "administrator.signed_out",
            "administrator",
            session.administrator_id,
        )

    runtime.database.write(work)


def end_all(runtime: Runtime, administrator_id: str, but: str = "") -> int:
    """End all sessions of an administrator but the one of this digest, in the present write.

    Returns how many were open.
    """
    return runtime.database.execute(
        _end_all, administrator=administrator_id, but=but, now=runtime.clock.now()
    )


def list_open(runtime: Runtime, administrator_id: str) -> Sequence[OpenSession]:
    """Where an administrator is signed in now, the browser that was seen last first."""
    now = runtime.clock.now()
    rows = runtime.database.rows(_open_of, administrator=administrator_id, now=now)
    return [OpenSession._make(row) for row in rows]


def _see(runtime: Runtime, session: SignedIn, now: int) -> None:
    expires_at = min(now + IDLE_SECONDS, session.created_at + LIFETIME_SECONDS)
    with suppress(StorageUnavailable):  # a disk that is full must not lock people out
        runtime.database.write(
            lambda: runtime.database.execute(
                _touch, digest=session.digest, now=now, expires_at=expires_at
            )
        )
