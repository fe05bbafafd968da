"""One-time links into the panel: for the first administrator, an invited or a forgetful one.

A link is opened once. Opening exchanges its token for a grant, which one browser holds while
somebody chooses a password; so the text of the link is worth nothing afterwards, wherever it was
written down on the way.
"""

from __future__ import annotations

from typing import NamedTuple

from expressb2b_core.errors import NotFound
from expressb2b_core.rules import tokens
from expressb2b_core.runtime import Runtime
from expressb2b_core.services import audit
from expressb2b_core.services.administrators import Administrator, Administrators
from expressb2b_core.services.scope import LIBRARY, SERVER, SETUP_LINK, Actor
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, all_values_from, param

L = tables.SetupLink
A = tables.Administrator

LIFETIME_SECONDS = 1800
INVITATION_SECONDS = 24 * 3600
PATH = "/admin/setup"

_insert = Statement(lambda: L.insert(all_values_from(L)))
_exchange = Statement(
    lambda: L.update(
        grant_digest=param("grant"), used_at=param("now"), expires_at=param("expires_at")
    ).where(
        (L.digest == param("digest"))
        & L.used_at.is_null()
        & L.finished_at.is_null()
        & (L.expires_at > param("now"))
    )
)
_open_grant = Statement(
    lambda: L.select(L.administrator).where(
        (L.grant_digest == param("grant")) & L.finished_at.is_null() & (L.expires_at > param("now"))
    )
)
_finish = Statement(
    lambda: L.update(finished_at=param("now")).where(
        (L.grant_digest == param("grant")) & L.finished_at.is_null()
    )
)
_close_rest = Statement(
    lambda: L.update(finished_at=param("now")).where(
        L.administrator.is_null() & L.finished_at.is_null()
    )
)
_close_of = Statement(
    lambda: L.update(finished_at=param("now")).where(
        (L.administrator == param("administrator")) & L.finished_at.is_null()
    )
)
_anybody = Statement(lambda: A.select(A.id).where(A.password.is_null(False)).limit(1))


class Grant(NamedTuple):
    """What the holder of an opened link may do: choose a password for this one, or be a new one."""

    administrator: Administrator | None


def make(
    runtime: Runtime,
    *,
    actor: Actor = LIBRARY,
    administrator_id: str | None = None,
    lifetime_seconds: int = LIFETIME_SECONDS,
) -> str:
    """The path of a new link, such as `/admin/setup?token=…`; its text is known only here.

    Args:
        runtime: Where.
        actor: Who makes it; stands in the audit log.
        administrator_id: Whose password it lets be chosen; links made for the same one before
            are closed. None: it makes an administrator with all rights.
        lifetime_seconds: How long it can be opened.

    Raises:
        NotFound: there is no such administrator.
    """
    token = tokens.compose(runtime.random_bytes(tokens.RANDOM_BYTES))
    if administrator_id is not None:
        Administrators(runtime).get(administrator_id)

    def work() -> None:
        now = runtime.clock.now()
        if administrator_id is not None:
            runtime.database.execute(_close_of, administrator=administrator_id, now=now)
        runtime.database.execute(
            _insert,
            digest=tokens.digest(token),
            grant_digest=None,
            administrator_id=administrator_id,
            created_at=now,
            expires_at=now + lifetime_seconds,
            used_at=None,
            finished_at=None,
        )
        audit.record_installation(
            runtime, actor, "setup_link.made", "setup_link", None, {"for": administrator_id}
        )

    runtime.database.write(work)
    return f"{PATH}?token={token}"


def make_if_nobody(runtime: Runtime) -> str | None:
    """The path of a link for the first administrator; None once somebody has a password."""
    return None if has_anybody(runtime) else make(runtime, actor=SERVER)


def has_anybody(runtime: Runtime) -> bool:
    """Whether somebody could sign in."""
    return runtime.database.row(_anybody) is not None


def exchange(runtime: Runtime, token: str) -> str | None:
    """The text of a grant for an unopened link, valid half an hour; None for any other token."""
    grant = tokens.compose(runtime.random_bytes(tokens.RANDOM_BYTES))

    def work() -> str | None:
        now = runtime.clock.now()
        exchanged = runtime.database.execute(
            _exchange,
            digest=tokens.digest(token),
            grant=tokens.digest(grant),
            now=now,
            expires_at=now + LIFETIME_SECONDS,
        )
        return grant if exchanged else None

    return runtime.database.write(work)


def find_grant(runtime: Runtime, grant: str) -> Grant | None:
    """What an open grant allows; None when it is unknown, finished or expired."""
    row = runtime.database.row(_open_grant, grant=tokens.digest(grant), now=runtime.clock.now())
    if row is None:
        return None
    return Grant(None if row[0] is None else Administrators(runtime).get(row[0]))


def finish(runtime: Runtime, grant: str, *, name: str, email: str, password: str) -> Administrator:
    """Use a grant up: the administrator, with this password.

    A link for somebody in particular sets that one's password and nothing else. Any other makes
    an administrator with all rights; if one with this e-mail address exists, it is that one who
    gets the password, is let in again and may do everything.

    Raises:
        NotFound: the grant is not open any more.
        ValidationFailed: naming every field that needs attention.
    """
    granted = find_grant(runtime, grant)
    if granted is None:
        raise NotFound("setup link")
    people = Administrators(runtime, SETUP_LINK)

    def work() -> Administrator:
        now = runtime.clock.now()
        if not runtime.database.execute(_finish, grant=tokens.digest(grant), now=now):
            raise NotFound("setup link")
        if granted.administrator is not None:
            return people.set_password(granted.administrator.id, password)
        runtime.database.execute(_close_rest, now=now)
        return _put(people, name, email, password)

    return runtime.database.write(work)


def _put(people: Administrators, name: str, email: str, password: str) -> Administrator:
    known = [one for one in people.list() if one.email == email.strip().casefold()]
    if not known:
        return people.create(name=name, email=email, password=password, role="admin")
    people.enable(known[0].id)
    people.update(known[0].id, role="admin", name=name)
    return people.set_password(known[0].id, password)
