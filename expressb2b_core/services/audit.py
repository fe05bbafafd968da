"""The audit log: who did what, when, and from which door. Entries are only ever added.

Every change of keys, webhooks, catalog, stock, accounts and administrators is recorded by the
service that makes it, in the same transaction, whoever comes in: one entry for a request, a bulk
request too, and none where nothing changed. So are the decisions over orders, and what is done to
a whole database. That an order was placed is not: it stands in the order's own history and in its
event, both as lasting as the log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Unpack

import peewee

from expressb2b_core.inputs import moments
from expressb2b_core.inputs.audit import AuditQuery
from expressb2b_core.inputs.records import checked
from expressb2b_core.rules.pagination import DEFAULT_PER_PAGE, cut_page
from expressb2b_core.runtime import Runtime
from expressb2b_core.services.documents import Document, encode
from expressb2b_core.services.scope import COMMAND_LINE, SETUP_LINK, Actor, Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Database, Row
from expressb2b_core.storage.statements import Scalar, Statement, all_values_from, param

A = tables.AuditEntry

_COLUMNS = (
    A.id, A.workspace, A.at, A.actor_type, A.actor_id, A.actor_name, A.door, A.action,
    A.subject_type, A.subject_id, A.details,
)  # fmt: skip
_CONDITIONS: Mapping[str, Callable[[], peewee.Expression]] = {
    "door": lambda: A.door == param("door"),
    "subject_type": lambda: A.subject_type == param("subject_type"),
    "subject_id": lambda: A.subject_id == param("subject_id"),
    "actor_id": lambda: A.actor_id == param("actor_id"),
    "since": lambda: A.at >= param("since"),
    "until": lambda: A.at < param("until"),
    "before": lambda: A.id < param("before"),
}
_LONGEST_VALUE = 200
_NAMED = 10
_UNTOLD = ("id", "created_at", "updated_at", "sites_count")  # follow from the rest
_NOTHING_NARROWER: Mapping[str, str] = MappingProxyType({})

_insert = Statement(lambda: A.insert(all_values_from(A)))
_last_of_action = Statement(
    lambda: (
        A.select(*_COLUMNS)
        .where((A.subject_type == param("subject_type")) & (A.action == param("action")))
        .order_by(A.id.desc())
        .limit(1)
    )
)


class AuditEntry(Document):
    """One entry. `workspace_id` is None where it concerns the whole installation."""

    __slots__ = ()

    id: int
    workspace_id: int | None
    at: str
    actor: dict[str, str | None]
    door: str
    action: str
    subject: dict[str, str | None]
    details: dict[str, object]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, newest first; `next_before` is where to go on, None on the last page."""

    texts: Sequence[str]
    next_before: int | None

    def __iter__(self) -> Iterator[AuditEntry]:
        return (AuditEntry(text) for text in self.texts)


def record(
    scope: Scope,
    action: str,
    subject_type: str,
    subject_id: str | None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Add what the scope's actor does in its workspace, in the present write.

    Args:
        scope: Who does it, and where.
        action: Such as `key.revoked`.
        subject_type: One of `inputs.audit.SUBJECTS`.
        subject_id: Which one.
        details: What a reader will want to know; never a secret.
    """
    _add(scope.runtime, scope.workspace_id, scope.actor, action, subject_type, subject_id, details)


def record_installation(
    runtime: Runtime,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: str | None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Add what concerns no single workspace, in the present write."""
    _add(runtime, None, actor, action, subject_type, subject_id, details)


def record_move(
    database: Database, now: int, action: str, subject_type: str, details: Mapping[str, object]
) -> None:
    """Add what the command line did to a whole database: where what is in it came from.

    In the present write. Nobody works on such a database yet, so there is no runtime.
    """
    _insert_into(database, now, None, COMMAND_LINE, action, subject_type, None, details)


def record_change(
    scope: Scope,
    subject_type: str,
    before: Document | None,
    after: Document,
    *,
    identity: str = "id",
    narrower: Mapping[str, str] = _NOTHING_NARROWER,
) -> None:
    """Add that a document was made (`before` is None) or changed, with the fields that differ.

    In the present write. A change that changes nothing is not added.

    Args:
        scope: Who does it, and where.
        subject_type: One of `inputs.audit.SUBJECTS`; the action is `<subject_type>.created` or
            `<subject_type>.changed`.
        before: What was there; None for a new one.
        after: What is there now.
        identity: The field of the document that says which one it is.
        narrower: The action for a change of one field alone, by that field.
    """
    differences = changes(before, after)
    if not differences:
        return
    action = f"{subject_type}.{'created' if before is None else 'changed'}"
    if before is not None and len(differences) == 1:
        action = narrower.get(next(iter(differences)), action)
    record(scope, action, subject_type, str(after[identity]), {"changes": differences})


def record_many(
    scope: Scope, action: str, subject_type: str, counts: Mapping[str, int], changed: Sequence[str]
) -> None:
    """Add one entry for a request that changed many: how many, and the first of them by name.

    In the present write. A request that changed nothing is not added.
    """
    if changed:
        named = [*changed[:_NAMED], *(["…"] if len(changed) > _NAMED else [])]
        subject_id = changed[0] if len(changed) == 1 else None
        record(scope, action, subject_type, subject_id, {**counts, "changed": named})


def changes(before: Document | None, after: Document) -> dict[str, list[object]]:
    """The fields in which two documents differ, each as `[before, after]`, long values cut.

    Of lists, the entries that differ; of a new document, the fields that say something.
    """
    old = {} if before is None else before.to_dict()
    return {
        name: [_short(one) for one in _apart(old.get(name), value)]
        for name, value in after.to_dict().items()
        if old.get(name) != value
        and name not in _UNTOLD
        and (before is not None or value not in ("", [], {}))
    }


def entries(scope: Scope, **query: Unpack[AuditQuery]) -> AuditPage:
    """One page of what happened in this workspace, and to the whole installation.

    Raises:
        ValidationFailed: naming every parameter that needs attention.
    """
    asked = checked(AuditQuery, query)
    per_page = asked.get("per_page", DEFAULT_PER_PAGE)
    values: dict[str, Scalar] = {
        name: moments.parse(str(value)) if name in ("since", "until") else value
        for name, value in asked.items()
        if name in _CONDITIONS and isinstance(value, str | int)
    }
    found = scope.runtime.database.rows(
        _listing(tuple(values)), workspace=scope.workspace_id, limit=per_page + 1, **values
    )
    rows, has_more = cut_page(found, per_page)
    return AuditPage([_text(row) for row in rows], int(rows[-1][0]) if has_more else None)


def find_last(runtime: Runtime, subject_type: str, action: str) -> AuditEntry | None:
    """The newest entry of this action, whichever workspace it is of."""
    row = runtime.database.row(_last_of_action, subject_type=subject_type, action=action)
    return None if row is None else AuditEntry(_text(row))


def door_of(actor: Actor) -> str:
    """The way an actor came in."""
    if actor == COMMAND_LINE:
        return "command"
    if actor == SETUP_LINK:
        return "panel"
    return {"admin": "panel", "api_key": "key"}.get(actor.type, "library")


def _add(
    runtime: Runtime,
    workspace_id: int | None,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: str | None,
    details: Mapping[str, object] | None,
) -> None:
    database, now = runtime.database, runtime.clock.now()
    _insert_into(
        database, now, workspace_id, actor, action, subject_type, subject_id, details or {}
    )


def _insert_into(
    database: Database,
    now: int,
    workspace_id: int | None,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: str | None,
    details: Mapping[str, object],
) -> None:
    database.execute(
        _insert,
        workspace_id=workspace_id,
        at=now,
        actor_type=actor.type,
        actor_id=actor.id,
        actor_name=actor.name,
        door=door_of(actor),
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        details=encode(details),
    )


_listings: dict[tuple[str, ...], Statement] = {}


def _listing(filters: tuple[str, ...]) -> Statement:
    if filters not in _listings:
        _listings[filters] = Statement(lambda: _build_listing(filters))
    return _listings[filters]


def _build_listing(filters: Sequence[str]) -> peewee.Query:
    where = (A.workspace == param("workspace")) | A.workspace.is_null()
    for name in filters:
        where &= _CONDITIONS[name]()
    return A.select(*_COLUMNS).where(where).order_by(A.id.desc()).limit(param("limit"))


def _text(row: Row) -> str:
    (
        entry_id, workspace_id, at, actor_type, actor_id, actor_name, door, action, subject_type,
        subject_id, details,
    ) = row  # fmt: skip
    return encode(
        {
            "id": entry_id,
            "workspace_id": workspace_id,
            "at": moments.text(at),
            "actor": {"type": actor_type, "id": actor_id, "name": actor_name},
            "door": door,
            "action": action,
            "subject": {"type": subject_type, "id": subject_id},
            "details": json.loads(details),
        }
    )


def _apart(old: object, new: object) -> tuple[object, object]:
    if not (isinstance(old, list) and isinstance(new, list)):
        return old, new
    return [one for one in old if one not in new], [one for one in new if one not in old]


def _short(value: object) -> object:
    if isinstance(value, dict):
        return {name: _short(one) for name, one in value.items() if name not in _UNTOLD}
    if isinstance(value, list) and len(value) > _NAMED:
        return [*map(_short, value[:_NAMED]), "…"]
    if isinstance(value, list):
        return [_short(one) for one in value]
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        return f"{value[:_LONGEST_VALUE]}…"
    return value
