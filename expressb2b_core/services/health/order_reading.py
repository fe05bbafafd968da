"""Orders as the checks read them: row, lines, proof, all of one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from expressb2b_core.runtime import Runtime
from expressb2b_core.services.health.findings import Finding, Severity
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import ListStatement, Statement, param

O = tables.Order  # noqa: E741 - as every other table is called by its initial
L = tables.OrderLine
P = tables.Product
W = tables.Workspace

_TOGETHER = 256


class OrderRow(NamedTuple):
    """The columns of an order. Amounts are in minor units, times in seconds since 1970."""

    id: str
    workspace: str
    number: int
    status: str
    account_id: str
    site_id: str
    placed_by: str | None
    currency: str
    subtotal: int
    total: int
    po_number: str | None
    external_id: str | None
    revision: int
    created_at: int
    updated_at: int
    document: str

    def finding(self, detail: str, remedy: str, severity: Severity = "error") -> Finding:
        """Something wrong with this order."""
        return Finding(severity, f"order {self.number} of {self.workspace}", detail, remedy)


class LineRow(NamedTuple):
    """The columns of a line; `unit_price` is in ten-thousandths, `line_total` in minor units."""

    line: int
    sku: str
    qty: int
    unit_price: int
    line_total: int


class StoredOrder(NamedTuple):
    """An order with its lines and its proof, None where that is missing."""

    row: OrderRow
    lines: list[LineRow]
    proof: str | None


_orders = Statement(
    lambda: (
        O.select(
            O.id,
            W.name,
            O.number,
            O.status,
            O.account,
            O.site,
            O.placed_by,
            O.currency,
            O.subtotal,
            O.total,
            O.po_number,
            O.external_id,
            O.revision,
            O.created_at,
            O.updated_at,
            O.document,
        )
        .join(W)
        .where(O.id > param("after"))
        .order_by(O.id)
        .limit(param("limit"))
    )
)
_lines = ListStatement(
    lambda ids: (
        L.select(L.order, L.line, P.sku, L.qty, L.unit_price, L.line_total)
        .join(P)
        .where(L.order.in_(ids))
        .order_by(L.order, L.line)
    )
)
_proofs = ListStatement(
    lambda ids: tables.OrderProof.select(tables.OrderProof.order, tables.OrderProof.document).where(
        tables.OrderProof.order.in_(ids)
    )
)


def stored_orders(runtime: Runtime) -> Iterator[StoredOrder]:
    """All orders of all workspaces; each is whole, though others change meanwhile."""
    after = ""
    while batch := _batch(runtime, after):
        yield from batch
        after = batch[-1].row.id


def _batch(runtime: Runtime, after: str) -> list[StoredOrder]:
    database = runtime.database
    with database.snapshot():
        rows = [OrderRow._make(row) for row in database.rows(_orders, after=after, limit=_TOGETHER)]
        ids = [row.id for row in rows]
        lines: dict[str, list[LineRow]] = defaultdict(list)
        for order_id, *line in database.rows_in(_lines, ids):
            lines[order_id].append(LineRow._make(line))
        proofs: dict[str, str] = dict(database.rows_in(_proofs, ids))
    return [StoredOrder(row, lines[row.id], proofs.get(row.id)) for row in rows]
