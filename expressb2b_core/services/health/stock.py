"""Is what products count as reserved what the lines of open orders hold?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import peewee

from expressb2b_core.rules.order_states import STATUSES, allowed_actions
from expressb2b_core.runtime import Runtime
from expressb2b_core.services import audit
from expressb2b_core.services.health.findings import Finding
from expressb2b_core.services.scope import COMMAND_LINE
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, param

O = tables.Order  # noqa: E741 - as every other table is called by its initial
L = tables.OrderLine
P = tables.Product
W = tables.Workspace

_OPEN = tuple(status for status in STATUSES if allowed_actions(status))
_REMEDY = "Run `expressb2b doctor --fix`: it counts again."


class _Count(NamedTuple):
    """What a product says is reserved, and what its open orders hold."""

    product_id: int
    sku: str
    workspace: str
    reserved: int
    held: int


_held = Statement(
    lambda: (
        L.select(L.product, peewee.fn.SUM(L.reserved))
        .join(O)
        .where((L.reserved > 0) & O.status.in_(_OPEN))
        .group_by(L.product)
    )
)
_products = Statement(lambda: P.select(P.id, P.sku, W.name, P.reserved).join(W).order_by(P.id))
_finished = Statement(
    lambda: (
        L.select(L.order, L.line, O.number, W.name)
        .join(O)
        .join(W)
        .where((L.reserved > 0) & O.status.not_in(_OPEN))
        .order_by(O.number, L.line)
    )
)
_store = Statement(lambda: P.update(reserved=param("held")).where(P.id == param("id")))
_let_go = Statement(
    lambda: L.update(reserved=0).where((L.order == param("order")) & (L.line == param("line")))
)


def check(runtime: Runtime) -> Iterator[Finding]:
    """Products with another figure than their orders hold, and finished orders that hold some."""
    with runtime.database.snapshot():
        wrong, finished = _wrong(runtime), runtime.database.rows(_finished)
    for count in wrong:
        detail = f"{count.reserved} are reserved, its open orders hold {count.held}"
        where = f"product {count.sku} of {count.workspace}"
        yield Finding("error", where, detail, _REMEDY, fixable=True)
    for _, line, number, workspace in finished:
        detail = f"line {line} still holds stock, though the order is finished"
        yield Finding("error", f"order {number} of {workspace}", detail, _REMEDY, fixable=True)


def fix(runtime: Runtime) -> int:
    """Let finished orders go of what they hold, and count again; how much was put right."""

    def work() -> int:
        finished = runtime.database.rows(_finished)
        for order_id, line, *_ in finished:
            runtime.database.execute(_let_go, order=order_id, line=line)
        wrong = _wrong(runtime)
        for count in wrong:
            runtime.database.execute(_store, id=count.product_id, held=count.held)
        put_right = len(finished) + len(wrong)
        if put_right:
            told = {"put_right": put_right}
            audit.record_installation(
                runtime, COMMAND_LINE, "stock.recounted", "product", None, told
            )
        return put_right

    return runtime.database.write(work)


def _wrong(runtime: Runtime) -> list[_Count]:
    held = {product_id: int(units) for product_id, units in runtime.database.rows(_held)}
    counts = (_Count._make((*row, held.get(row[0], 0))) for row in runtime.database.rows(_products))
    return [count for count in counts if count.reserved != count.held]
