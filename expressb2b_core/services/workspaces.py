"""The tenants of an installation: made by name, found by name, never mixed.

Everything else works inside one of them, through the `Scope` that is made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from expressb2b_core import money
from expressb2b_core.errors import AlreadyExists, NotFound
from expressb2b_core.inputs.constraints import is_storable
from expressb2b_core.inputs.records import checked
from expressb2b_core.inputs.workspaces import WorkspaceInput
from expressb2b_core.runtime import Runtime
from expressb2b_core.services import audit
from expressb2b_core.services.scope import LIBRARY, Actor, Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Duplicate
from expressb2b_core.storage.statements import Statement, all_values_from, param

W = tables.Workspace

DEFAULT = "default"
"""The workspace that every database has."""

_CURRENCY = "USD"
_BEFORE_FIRST_ORDER = 1000
_COLUMNS = (W.id, W.name, W.currency, W.created_at)


class WorkspaceRecord(NamedTuple):
    """One tenant. `created_at` is in seconds since 1970."""

    id: int
    name: str
    currency: str
    created_at: int


_insert = Statement(lambda: W.insert(all_values_from(W)))
_by_name = Statement(lambda: W.select(*_COLUMNS).where(W.name == param("name")))
_all = Statement(lambda: W.select(*_COLUMNS).order_by(W.id))


def create(
    runtime: Runtime, name: str, currency: str = _CURRENCY, actor: Actor = LIBRARY
) -> WorkspaceRecord:
    """Make a workspace; its first order will have the number 1001.

    That `actor` made it is the first entry of its audit log.

    Raises:
        ValidationFailed: the name is not 1 to 64 plain characters, or the currency no code.
        AlreadyExists: the name is taken.
    """
    checked(WorkspaceInput, {"name": name, "currency": currency})

    def work() -> WorkspaceRecord:
        _insert_into(runtime, name, currency)
        scope = scope_of(runtime, name, actor)
        audit.record(scope, "workspace.created", "workspace", name, {"currency": currency})
        return get(runtime, name)

    try:
        return runtime.database.write(work)
    except Duplicate:
        raise AlreadyExists("name", name) from None


def _insert_into(runtime: Runtime, name: str, currency: str) -> None:
    runtime.database.execute(
        _insert,
        name=name,
        currency=currency,
        last_order_number=_BEFORE_FIRST_ORDER,
        last_event_seq=0,
        last_change=0,
        created_at=runtime.clock.now(),
    )


def find(runtime: Runtime, name: str) -> WorkspaceRecord | None:
    """The workspace of this name, exact case, or None."""
    if not is_storable(name):
        return None
    row = runtime.database.row(_by_name, name=name)
    return None if row is None else WorkspaceRecord._make(row)


def get(runtime: Runtime, name: str) -> WorkspaceRecord:
    """The workspace of this name; `NotFound` when there is none."""
    found = find(runtime, name)
    if found is None:
        raise NotFound("workspace", name)
    return found


def list_all(runtime: Runtime) -> Sequence[WorkspaceRecord]:
    """All workspaces, oldest first."""
    return [WorkspaceRecord._make(row) for row in runtime.database.rows(_all)]


def ensure_default(runtime: Runtime) -> None:
    """Make the workspace `default` where it is missing; several processes may start at once."""
    if find(runtime, DEFAULT) is not None:
        return
    with suppress(Duplicate):
        runtime.database.write(lambda: _insert_into(runtime, DEFAULT, _CURRENCY))


def scope_of(runtime: Runtime, name: str, actor: Actor = LIBRARY) -> Scope:
    """The scope in which an actor works on a workspace; `NotFound` when there is none."""
    found = get(runtime, name)
    return Scope(
        runtime=runtime,
        workspace_id=found.id,
        workspace_name=found.name,
        currency=found.currency,
        decimals=money.currency_decimals(found.currency),
        actor=actor,
    )
