"""How many orders a list has, out of the tallies.

Of a range of time whole months and days are tallied, and the rest is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import add

import peewee

from expressb2b_core.inputs import moments
from expressb2b_core.services.listing import Condition
from expressb2b_core.services.order_tallies import ALL, DAY_SECONDS, by_month, day_of
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Scalar, param

O = tables.Order  # noqa: E741 - as every other table is called by its initial
S = tables.Site
T = tables.OrderTally

# As text, before and after all days.
_FIRST, _LAST = "", "~"


def range_values(dimension: str, start: int | None, end: int | None) -> Mapping[str, Scalar]:
    """The parameters of a total of the times from `start` to before `end`.

    The range is a head, whole days, and a tail. One that lies within a day is all head. The whole
    days are those before the first whole month, the months, and those after them: a sum over years
    of days takes longer than the page.
    """
    after_start = 0 if start is None else start + -start % DAY_SECONDS
    before_end = 0 if end is None else end - end % DAY_SECONDS
    head_end = after_start if end is None else min(after_start, end)
    found: dict[str, Scalar] = {
        "head_start": start or 0,
        "head_end": head_end if start is not None else 0,
        **_whole_days(
            _FIRST if start is None else _day_of(after_start),
            _LAST if end is None else _day_of(before_end),
        ),
        "tail_start": before_end if start is None else max(before_end, head_end),
        "tail_end": end or 0,
    }
    return {f"{dimension}_{name}": value for name, value in found.items()}


def _day_of(at: int) -> str:
    """The day of a moment; after the last day there is, what stands after all days."""
    return day_of(at) if at <= moments.LATEST else _LAST


def _whole_days(start: str, end: str) -> Mapping[str, Scalar]:
    """The bounds of these days, as text: of the first of them, of whole months, and of the last."""
    first_month, end_month = start[:7], end[:7]
    if start[7:] not in ("", "-01"):
        # After December comes a thirteenth, which sorts as January does.
        first_month = f"{start[:5]}{int(start[5:7]) + 1:02}"
    if first_month >= end_month:
        first_month = end_month = ""
    return {
        "days_start": start,
        "days_end": f"{first_month}-01" if end_month else end,
        "months_start": first_month,
        "months_end": end_month,
        "last_days_start": f"{end_month}-01" if end_month else end,
        "last_days_end": end,
    }


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
    def bounds(part: str) -> tuple[peewee.Node, peewee.Node]:
        return param(f"{dimension}_{part}_start"), param(f"{dimension}_{part}_end")

    def tallied(part: str, of: str) -> peewee.Node:
        start, end = bounds(part)
        return _tallied(of, (T.value >= start) & (T.value < end), statuses)

    whole = [
        tallied("days", dimension),
        tallied("months", by_month(dimension)),
        tallied("last_days", dimension),
    ]
    edges = [_counted(column, *bounds(edge), statuses) for edge in ("head", "tail")]
    return reduce(add, [*whole, *edges])


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
