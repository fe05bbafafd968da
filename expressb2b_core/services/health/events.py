"""Do the events of each workspace count up without gaps, and was every order announced?"""

from __future__ import annotations

from collections.abc import Iterator

import peewee

from expressb2b_core.runtime import Runtime
from expressb2b_core.services.health.findings import RESTORE, Finding
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Row
from expressb2b_core.storage.statements import Statement

E = tables.Event
O = tables.Order  # noqa: E741 - as every other table is called by its initial
W = tables.Workspace

_FIRST = "order.placed"

_sequences = Statement(
    lambda: (
        W.select(
            W.name,
            W.last_event_seq,
            peewee.fn.COUNT(E.seq),
            peewee.fn.COALESCE(peewee.fn.MIN(E.seq), 1),
            peewee.fn.COALESCE(peewee.fn.MAX(E.seq), 0),
        )
        .join(E, peewee.JOIN.LEFT_OUTER)
        .group_by(W.id, W.name, W.last_event_seq)
        .order_by(W.id)
    )
)
_numbers = Statement(
    lambda: (
        W.select(W.name, W.last_order_number, peewee.fn.MAX(O.number))
        .join(O)
        .group_by(W.id, W.name, W.last_order_number)
        .order_by(W.id)
    )
)
_silent_orders = Statement(
    lambda: (
        O.select(O.number, W.name)
        .join(W)
        .where(
            ~peewee.fn.EXISTS(
                E.select(peewee.SQL("1")).where((E.order == O.id) & (E.type == _FIRST))
            )
        )
        .order_by(O.number)
    )
)


def check(runtime: Runtime) -> Iterator[Finding]:
    """Gaps in a sequence, counters that lag behind, and orders that were never announced."""
    with runtime.database.snapshot():
        sequences = runtime.database.rows(_sequences)
        numbers = runtime.database.rows(_numbers)
        silent = runtime.database.rows(_silent_orders)
    for row in sequences:
        yield from _check_sequence(row)
    for name, counter, highest in numbers:
        if counter < highest:
            detail = f"the counter of orders is {counter}, but order {highest} exists"
            yield Finding("error", f"workspace {name}", detail, RESTORE)
    for number, name in silent:
        yield Finding("error", f"order {number} of {name}", f"it has no event {_FIRST}", RESTORE)


def _check_sequence(row: Row) -> Iterator[Finding]:
    name, counter, count, lowest, highest = row
    if lowest != 1 or count != highest:
        detail = f"its {count} events do not count from 1 to {highest} without gaps"
        yield Finding("error", f"workspace {name}", detail, RESTORE)
    if counter != highest:
        detail = f"the counter of events is {counter}, but the last event is {highest}"
        yield Finding("error", f"workspace {name}", detail, RESTORE)
