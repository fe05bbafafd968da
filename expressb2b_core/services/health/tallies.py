"""Do the tallies, from which lists tell their totals, say how many orders there are?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import peewee

from expressb2b_core.runtime import Runtime
from expressb2b_core.services import audit
from expressb2b_core.services.health.findings import Finding
from expressb2b_core.services.order_tallies import ALL, DAY_SECONDS, by_month, day_of, month_of
from expressb2b_core.services.scope import COMMAND_LINE
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import InsertStatement, Statement

O = tables.Order  # noqa: E741 - as every other table is called by its initial
T = tables.OrderTally
W = tables.Workspace

_REMEDY = "Run `expressb2b doctor --fix`: it counts again."

_Place = tuple[int, str, str, str]
"""Workspace, dimension, value, status."""


def _counting(value: peewee.Node) -> Statement:
    """The number of orders of each workspace, value and status."""
    return Statement(
        lambda: O.select(O.workspace, value, O.status, peewee.fn.COUNT(O.id)).group_by(
            O.workspace, value, O.status
        )
    )


def _day(at: peewee.Field) -> peewee.Node:
    # The number as text, not as a parameter: PostgreSQL compares the expression it groups by.
    return peewee.Expression(at, "/", peewee.SQL(str(DAY_SECONDS)))


_by_account = _counting(O.account)
_by_site = _counting(O.site)
_by_created = _counting(_day(O.created_at))
_by_updated = _counting(_day(O.updated_at))
_tallies = Statement(lambda: T.select(T.workspace, T.dimension, T.value, T.status, T.orders))
_workspaces = Statement(lambda: W.select(W.id, W.name).order_by(W.id))
_hold_workspaces = Statement(lambda: W.select(W.id).order_by(W.id), locking=True)
_forget = Statement(lambda: peewee.ModelDelete(T))
_add = InsertStatement(T.workspace, T.dimension, T.value, T.status, T.orders)


def check(runtime: Runtime) -> Iterator[Finding]:
    """Tallies that say something else than the orders when they are counted."""
    database = runtime.database
    with database.snapshot():
        told, counted = _told(runtime), _counted(runtime)
        names: dict[int, str] = dict(database.rows(_workspaces))
    for place in sorted(told.keys() | counted.keys()):
        if told[place] != counted[place]:
            workspace, dimension, value, status = place
            detail = f"{told[place]} orders are tallied, there are {counted[place]}"
            where = f"{status} by {dimension} {value}".strip()
            yield Finding("error", f"{where} of {names[workspace]}", detail, _REMEDY, fixable=True)


def fix(runtime: Runtime) -> int:
    """Count all orders again and put it on record; the number of tallies that were wrong."""

    def work() -> int:
        wrong = count_again(runtime)
        if wrong:
            told = {"put_right": wrong}
            audit.record_installation(
                runtime, COMMAND_LINE, "tallies.recounted", "database", None, told
            )
        return wrong

    return runtime.database.write(work)


def count_again(runtime: Runtime) -> int:
    """Count all orders again, in the present write; the number of tallies that were wrong."""
    database = runtime.database
    database.rows(_hold_workspaces)
    told, counted = _told(runtime), _counted(runtime)
    wrong = [place for place in told.keys() | counted.keys() if told[place] != counted[place]]
    if wrong:
        database.execute(_forget)
        database.insert_rows(_add, [(*place, orders) for place, orders in counted.items()])
    return len(wrong)


def _told(runtime: Runtime) -> Counter[_Place]:
    return Counter({row[:4]: int(row[4]) for row in runtime.database.rows(_tallies)})


def _counted(runtime: Runtime) -> Counter[_Place]:
    rows = runtime.database.rows
    found: Counter[_Place] = Counter()
    for workspace, account_id, status, orders in rows(_by_account):
        found[workspace, "all", ALL, status] += orders
        found[workspace, "account", account_id, status] = orders
    for workspace, site_id, status, orders in rows(_by_site):
        found[workspace, "site", site_id, status] = orders
    for dimension, by_day in (("created", _by_created), ("updated", _by_updated)):
        for workspace, number, status, orders in rows(by_day):
            day = day_of(number * DAY_SECONDS)
            found[workspace, dimension, day, status] = orders
            found[workspace, by_month(dimension), month_of(day), status] += orders
    return found
