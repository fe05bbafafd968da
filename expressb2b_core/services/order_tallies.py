"""How many orders there are, counted along with each change, so that no list has to count them.

A tally is the number of orders of one status in one value of a dimension. The write that places
or changes an order changes its tallies; it holds the workspace first, so that writes of a
workspace, which alone share tallies, never meet here. `health.tallies` counts again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from expressb2b_core.inputs import moments
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Scalar, Statement, all_values_from, param

O = tables.Order  # noqa: E741 - as every other table is called by its initial
T = tables.OrderTally

DAY_SECONDS = 86_400
ALL = ""
"""The only value of the dimension `all`."""

_add = Statement(
    lambda: T.insert(all_values_from(T)).on_conflict(
        conflict_target=[T.workspace, T.dimension, T.value, T.status],
        update={T.orders: T.orders + param("orders")},
    )
)


class Tallied(NamedTuple):
    """What decides where an order counts. Times are seconds since 1970."""

    status: str
    account_id: str
    site_id: str
    created_at: int
    updated_at: int

    def places(self) -> list[tuple[str, str, str]]:
        """Dimension, value and status of each tally it counts in."""
        created, updated = day_of(self.created_at), day_of(self.updated_at)
        return [
            ("all", ALL, self.status),
            ("account", self.account_id, self.status),
            ("site", self.site_id, self.status),
            ("created", created, self.status),
            (by_month("created"), month_of(created), self.status),
            ("updated", updated, self.status),
            (by_month("updated"), month_of(updated), self.status),
        ]


def day_of(at: int) -> str:
    """The day (UTC) of a moment, `2026-03-15`: in text, days sort as in time."""
    return moments.text(at - at % DAY_SECONDS)[:10]


def month_of(day: str) -> str:
    """The month of a day, `2026-03`."""
    return day[:7]


def by_month(dimension: str) -> str:
    """The dimension whose values are the months of this one's days."""
    return f"{dimension}_month"


def count_placed(scope: Scope, order: Tallied) -> None:
    """Count a new order, in the present write."""
    _add_all(scope, [(place, 1) for place in order.places()])


def count_changed(scope: Scope, before: Tallied, after: Tallied) -> None:
    """Count an order elsewhere than before, in the present write."""
    steps = zip(before.places(), after.places(), strict=True)
    moved = [(old, new) for old, new in steps if old != new]
    _add_all(scope, [*((old, -1) for old, _ in moved), *((new, 1) for _, new in moved)])


def _add_all(scope: Scope, steps: Sequence[tuple[tuple[str, str, str], int]]) -> None:
    rows: list[Mapping[str, Scalar]] = [
        {
            "workspace_id": scope.workspace_id,
            "dimension": dimension,
            "value": value,
            "status": status,
            "orders": step,
        }
        for (dimension, value, status), step in steps
    ]
    if rows:
        scope.runtime.database.execute_many(_add, rows)
