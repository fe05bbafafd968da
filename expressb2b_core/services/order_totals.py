"""How many orders a list has, out of the tallies: whole days are tallied, the rest is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import add

import peewee

from expressb2b_core.services.listing import Condition
from expressb2b_core.services.order_tallies import ALL, DAY_SECONDS, day_of
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Scalar, param

O = tables.Order  # noqa: E741 - as every other table is called by its initial
S = tables.Site
T = tables.OrderTally

# As text, before and after all days.
_FIRST, _LAST = "", "~"


def range_values(dimension: str, start: int | None, end: int | None) -> Mapping[str, Scalar]:
    """The parameters of a total of the times from `start` to before `end`.

    The range is a head, whole days, and a tail. One that lies within a day is all head.
    """
    after_start = 0 if start is None else start + -start % DAY_SECONDS
    before_end = 0 if end is None else end - end % DAY_SECONDS
    head_end = after_start if end is None else min(after_start, end)
    found: dict[str, Scalar] = {
        "head_start": start or 0,
        "head_end": head_end if start is not None else 0,
        "first_day": _FIRST if start is None else day_of(after_start),
        "last_day": _LAST if end is None else day_of(before_end),
        "tail_start": before_end if start is None else max(before_end, head_end),
        "tail_end": end or 0,
    }
    return {f"{dimension}_{name}": value for name, value in found.items()}


def total(conditions: Sequence[Condition]) -> peewee.Node | None:
    """The number of orders under these conditions, as an expression; None if no tally tells it.

    Ranges have the key `created` or `updated`, and the parameters of `range_values`.
    """
    statuses = [one for one in conditions if one.key.startswith("status")]
    names = frozenset(one.key.partition(":")[0] for one in conditions if one not in statuses)
    counted = _COUNTED.get(names)
    if counted is None:
        return None
    wanted = [param(name) for one in statuses for name in one.values]
    return counted(wanted)


def of_status(status: str) -> peewee.Node:
    """The number of orders in a state, as an expression."""
    return _everything([peewee.Value(status)])


def _everything(statuses: Sequence[peewee.Node]) -> peewee.Node:
    return _tallied("all", T.value == ALL, statuses)


def _of_account(statuses: Sequence[peewee.Node]) -> peewee.Node:
    return _tallied("account", T.value == param("billing_account_id"), statuses)


def _of_site(statuses: Sequence[peewee.Node]) -> peewee.Node:
    return _tallied("site", T.value == param("site_id"), statuses)


def _of_site_of_account(statuses: Sequence[peewee.Node]) -> peewee.Node:
    # A site stays its account's for ever.
    its_own = S.select(S.id).where(
        (S.id == param("site_id")) & (S.account == param("billing_account_id"))
    )
    return _tallied("site", T.value.in_(its_own), statuses)


def _created(statuses: Sequence[peewee.Node]) -> peewee.Node:
    return _in_range("created", O.created_at, statuses)


def _updated(statuses: Sequence[peewee.Node]) -> peewee.Node:
    return _in_range("updated", O.updated_at, statuses)


def _in_range(dimension: str, column: peewee.Field, statuses: Sequence[peewee.Node]) -> peewee.Node:
    def bound(name: str) -> peewee.Node:
        return param(f"{dimension}_{name}")

    days = (T.value >= bound("first_day")) & (T.value < bound("last_day"))
    edges = (
        _counted(column, bound(f"{edge}_start"), bound(f"{edge}_end"), statuses)
        for edge in ("head", "tail")
    )
    return reduce(add, edges, _tallied(dimension, days, statuses))


def _tallied(
    dimension: str, which: peewee.Expression, statuses: Sequence[peewee.Node]
) -> peewee.Function:
    where = (T.workspace == param("workspace")) & (T.dimension == dimension) & which
    if statuses:
        where &= T.status.in_(statuses)
    return peewee.fn.COALESCE(T.select(peewee.fn.SUM(T.orders)).where(where), 0)


def _counted(
    column: peewee.Field, start: peewee.Node, end: peewee.Node, statuses: Sequence[peewee.Node]
) -> peewee.Function:
    where = (O.workspace == param("workspace")) & (column >= start) & (column < end)
    if statuses:
        where &= O.status.in_(statuses)
    return peewee.fn.COALESCE(O.select(peewee.fn.COUNT(O.id)).where(where), 0)


_COUNTED: Mapping[frozenset[str], Callable[[Sequence[peewee.Node]], peewee.Node]] = {
    frozenset(): _everything,
    frozenset({"billing_account_id"}): _of_account,
    frozenset({"site_id"}): _of_site,
    frozenset({"billing_account_id", "site_id"}): _of_site_of_account,
    frozenset({"created"}): _created,
    frozenset({"updated"}): _updated,
}
