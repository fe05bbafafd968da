"""The changes of a workspace, numbered, so that lists by `updated_at` have an order in a second.

`updated_at` is told in whole seconds. A walk that stopped in the middle of one goes on behind the
last change it saw: what is changed in that same second gets a higher number and comes later.
"""

from __future__ import annotations

from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, param

W = tables.Workspace

_next = Statement(
    lambda: (
        W.update(last_change=W.last_change + 1)
        .where(W.id == param("workspace"))
        .returning(W.last_change)
    )
)
_hold = Statement(lambda: W.select(W.id).where(W.id == param("workspace")), locking=True)


def take_turn(scope: Scope) -> None:
    """Make this write and others of the workspace that take turns wait for each other.

    To be called before anything else is read or held: who held products and then waited for the
    workspace's counters would meet an order that holds those and waits for the products.
    """
    database = scope.runtime.database
    if database.dialect.locks_rows:
        database.row(_hold, workspace=scope.workspace_id)


def next_change(scope: Scope) -> int:
    """The number of a change that is made in the present write, greater than all before it."""
    row = scope.runtime.database.row(_next, workspace=scope.workspace_id)
    assert row is not None
    return int(row[0])
