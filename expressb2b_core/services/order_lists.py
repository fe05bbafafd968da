"""Which orders a list shows, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import peewee

from expressb2b_core.errors import FieldError, ValidationFailed
from expressb2b_core.inputs import moments
from expressb2b_core.inputs.orders import OrderQuery
from expressb2b_core.rules.order_states import STATUSES
from expressb2b_core.services import order_totals
from expressb2b_core.services.document_listing import DocumentListing
from expressb2b_core.services.listing import Build, Condition, Sort
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Scalar, param, unindexed

O = tables.Order  # noqa: E741 - as every other table is called by its initial

ORDERS = DocumentListing(
    "orders",
    O.document,
    {
        "-created_at": Sort((O.created_at, O.number), descending=True),
        "created_at": Sort((O.created_at, O.number)),
        "-updated_at": Sort((O.updated_at, O.change), descending=True, follows_changes=True),
        "updated_at": Sort((O.updated_at, O.change)),
    },
    order_totals.total,
)

_NARROWEST_FIRST: Mapping[str, peewee.Field] = {
    "external_id": O.external_id,
    "po_number": O.po_number,
    "site_id": O.site,
    "billing_account_id": O.account,
}


def conditions(asked: OrderQuery) -> list[Condition]:
    """The conditions of a checked question, the narrowest first.

    Raises:
        ValidationFailed: the range begins after it ends.
    """
    found: list[Condition] = []
    for name, column in _NARROWEST_FIRST.items():
        value = asked.get(name)
        if isinstance(value, str):
            found.append(_equal(name, column, value, is_narrowest=not found))
    if "status" in asked:
        statuses = tuple(dict.fromkeys(asked["status"]))
        if len(statuses) < len(STATUSES):
            found.append(_status(statuses, is_narrowest=not found))
    start, end = _bound(asked, "created_from"), _bound(asked, "created_to")
    if start is not None and end is not None and moments.is_backwards(start, end):
        raise ValidationFailed(
            [FieldError("?created_from", "out_of_range", "created_from is after created_to")]
        )
    found += _range("created", O.created_at, start, end)
    found += _range("updated", O.updated_at, _bound(asked, "updated_since"), None)
    return found


def _bound(asked: OrderQuery, name: str) -> str | None:
    bound = asked.get(name)
    return bound if isinstance(bound, str) else None


def _equal(name: str, column: peewee.Field, value: str, *, is_narrowest: bool) -> Condition:
    return Condition(
        name,
        lambda: column == param(name),
        {name: value},
        unindexed=None if is_narrowest else lambda: unindexed(column) == param(name),
    )


def _status(statuses: tuple[str, ...], *, is_narrowest: bool) -> Condition:
    names = [f"status_{place}" for place in range(len(statuses))]
    places = [param(name) for name in names]
    return Condition(
        f"status:{len(statuses)}",
        lambda: O.status.in_(places),
        dict(zip(names, statuses, strict=True)),
        branches=[_has_status(place) for place in places] if is_narrowest else (),
        unindexed=None if is_narrowest else lambda: unindexed(O.status).in_(places),
    )


def _has_status(place: peewee.Node) -> Build:
    return lambda: O.status == place


def _range(
    dimension: str, column: peewee.Field, start: str | None, end: str | None
) -> Sequence[Condition]:
    """From `start`, included, to `end`, excluded."""
    if start is None and end is None:
        return ()
    bounds = {
        name: moments.parse(bound) for name, bound in (("start", start), ("end", end)) if bound
    }
    values: dict[str, Scalar] = {f"{dimension}_{name}": at for name, at in bounds.items()}

    tallied = order_totals.range_values(dimension, bounds.get("start"), bounds.get("end"))

    def within(of: peewee.ColumnBase) -> peewee.Expression:
        later, earlier = of >= param(f"{dimension}_start"), of < param(f"{dimension}_end")
        if len(bounds) == 2:
            return later & earlier
        return later if "start" in bounds else earlier

    def walked() -> peewee.Expression:
        found = within(unindexed(column))
        # What was placed since then was changed since then, too: a walk may begin there.
        is_later = column is O.created_at and "start" in bounds
        return found & (O.updated_at >= param("created_start")) if is_later else found

    return [
        Condition(
            f"{dimension}:{','.join(bounds)}",
            lambda: within(column),
            {**values, **tallied},
            bounds=column,
            unindexed=walked,
            met_last=_met_last(column, bounds),
        )
    ]


def _met_last(column: peewee.Field, bounds: Mapping[str, int]) -> bool | None:
    """What was changed lately was placed lately, and what was placed long ago changed long ago."""
    if column is O.updated_at:
        return False
    return True if "end" in bounds else None
