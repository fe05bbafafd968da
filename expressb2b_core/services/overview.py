"""What needs a person, and how business goes: a few figures of a workspace, read at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import peewee

from expressb2b_core import money
from expressb2b_core.inputs.moments import text
from expressb2b_core.services.order_totals import of_status
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, param

O = tables.Order  # noqa: E741 - as every other table is called by its initial
L = tables.OrderLine
P = tables.Product
W = tables.WebhookEndpoint
K = tables.ApiKey

DAY_SECONDS = 86_400
DAYS_SHOWN = 30
KEY_NOTICE_SECONDS = 14 * DAY_SECONDS
LASTING_DAYS = 7
"""Stock is low when at the pace of the last 30 days it is gone within this many."""

_SHOWN = 5
_NOT_SOLD = ("rejected", "cancelled")

_waiting = Statement(
    lambda: peewee.Select(
        (),
        (
            of_status("pending_approval"),
            O.select(peewee.fn.MIN(O.created_at)).where(
                (O.workspace == param("workspace")) & (O.status == "pending_approval")
            ),
        ),
    )
)
_troubled_endpoints = Statement(
    lambda: (
        W.select(W.id, W.url, W.status, W.disabled_reason, W.failing_since)
        .where(
            (W.workspace == param("workspace"))
            & W.deleted_at.is_null()
            & (
                W.disabled_reason.in_(["failing", "gone"])
                | ((W.status == "enabled") & W.failing_since.is_null(False))
            )
        )
        .order_by(W.id)
    )
)
_ending_keys = Statement(
    lambda: (
        K.select(K.id, K.name, K.expires_at)
        .where(
            (K.workspace == param("workspace"))
            & K.revoked_at.is_null()
            & (K.expires_at > param("now"))
            & (K.expires_at <= param("horizon"))
        )
        .order_by(K.expires_at, K.id)
    )
)
_days = Statement(
    lambda: (
        O.select(_day(), peewee.fn.COUNT(O.id), peewee.fn.SUM(O.total))
        .where(
            (O.workspace == param("workspace"))
            & (O.created_at >= param("since"))
            & O.status.not_in(_NOT_SOLD)
        )
        .group_by(_day())
    )
)
_low_stock = Statement(lambda: _build_low_stock())  # noqa: PLW0108 - defined below


class Waiting(NamedTuple):
    """Orders that wait for approval; `oldest_at` is moment text."""

    orders: int
    oldest_at: str | None


class TroubledEndpoint(NamedTuple):
    """A webhook endpoint that fails, or that the system disabled."""

    id: str
    url: str
    is_disabled: bool
    failing_since: str | None


class EndingKey(NamedTuple):
    """An API key that expires soon."""

    id: str
    name: str
    expires_at: str


class LowStock(NamedTuple):
    """A product whose stock ends soon. `sold` is what was ordered in the last 30 days."""

    sku: str
    name: str
    available: int
    sold: int


class Day(NamedTuple):
    """The orders of one day (UTC), rejected and cancelled ones left out."""

    starts_at: int
    orders: int
    total: str


class Overview(NamedTuple):
    """Everything the first page tells. `low_stock` has the most urgent ones only."""

    waiting: Waiting
    endpoints: Sequence[TroubledEndpoint]
    keys: Sequence[EndingKey]
    low_stock: Sequence[LowStock]
    low_stock_count: int
    days: Sequence[Day]
    total: str


def waiting_count(scope: Scope) -> int:
    """How many orders wait for approval."""
    return _waiting_orders(scope).orders


def read(scope: Scope) -> Overview:
    """The figures of now."""
    now = scope.runtime.clock.now()
    with scope.runtime.database.snapshot():
        days, total = _last_days(scope, now)
        low = low_stock(scope)
        return Overview(
            waiting=_waiting_orders(scope),
            endpoints=_troubled(scope),
            keys=_ending(scope, now),
            low_stock=low[:_SHOWN],
            low_stock_count=len(low),
            days=days,
            total=total,
        )


def low_stock(scope: Scope) -> Sequence[LowStock]:
    """The products that run low: what sold most first."""
    since = scope.runtime.clock.now() - DAYS_SHOWN * DAY_SECONDS
    rows = scope.runtime.database.rows(_low_stock, workspace=scope.workspace_id, since=since)
    return [LowStock(sku, name, int(left), int(sold)) for sku, name, left, sold in rows]


def _waiting_orders(scope: Scope) -> Waiting:
    row = scope.runtime.database.row(_waiting, workspace=scope.workspace_id)
    count, oldest = row or (0, None)
    return Waiting(int(count), None if oldest is None else text(oldest))


def _troubled(scope: Scope) -> Sequence[TroubledEndpoint]:
    rows = scope.runtime.database.rows(_troubled_endpoints, workspace=scope.workspace_id)
    return [
        TroubledEndpoint(
            endpoint_id, url, status == "disabled", None if since is None else text(since)
        )
        for endpoint_id, url, status, _, since in rows
    ]


def _ending(scope: Scope, now: int) -> Sequence[EndingKey]:
    rows = scope.runtime.database.rows(
        _ending_keys, workspace=scope.workspace_id, now=now, horizon=now + KEY_NOTICE_SECONDS
    )
    return [EndingKey(key_id, name, text(expires_at)) for key_id, name, expires_at in rows]


def _last_days(scope: Scope, now: int) -> tuple[Sequence[Day], str]:
    """The days, oldest first, and the total of all."""
    today = now // DAY_SECONDS
    first = today - DAYS_SHOWN + 1
    rows = scope.runtime.database.rows(
        _days, workspace=scope.workspace_id, since=first * DAY_SECONDS
    )
    found = {int(day): (int(count), int(total)) for day, count, total in rows}
    days = []
    for day in range(first, today + 1):
        count, total = found.get(day, (0, 0))
        days.append(Day(day * DAY_SECONDS, count, money.amount_text(total, scope.decimals)))
    together = sum(total for _, total in found.values())
    return days, money.amount_text(together, scope.decimals)


def _day() -> peewee.Node:
    # The number as text, not as a parameter: PostgreSQL compares the expression it groups by.
    return peewee.Expression(O.created_at, "/", peewee.SQL(str(DAY_SECONDS)))


def _build_low_stock() -> peewee.Query:
    sold = (
        L.select(L.product.alias("product_id"), peewee.fn.SUM(L.qty).alias("sold"))
        .join(O)
        .where(
            (O.workspace == param("workspace"))
            & (O.created_at >= param("since"))
            & O.status.not_in(_NOT_SOLD)
        )
        .group_by(L.product)
        .alias("sales")
    )
    available = P.on_hand - P.reserved
    pace = peewee.fn.COALESCE(sold.c.sold, 0)
    return (
        P.select(P.sku, P.name, available, pace)
        .join(sold, peewee.JOIN.LEFT_OUTER, on=(sold.c.product_id == P.id))
        .where(
            (P.workspace == param("workspace"))
            & P.active
            & P.tracked
            & ((available < P.min_qty) | (available * DAYS_SHOWN < pace * LASTING_DAYS))
        )
        .order_by(pace.desc(), P.sku)
    )
