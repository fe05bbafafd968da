"""Which orders a list shows, and in which order."""

from __future__ import annotations

from collections.abc import Callable

import peewee

from expressb2b_core.errors import FieldError, ValidationFailed
from expressb2b_core.inputs import moments
from expressb2b_core.inputs.orders import OrderQuery
from expressb2b_core.services.listing import Condition, Listing, Sort
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import param

O = tables.Order  # noqa: E741 - as every other table is called by its initial

ORDERS = Listing(
    "orders",
    O,
    (O.document,),
    {
        "-created_at": Sort((O.created_at, O.number), descending=True),
        "created_at": Sort((O.created_at, O.number)),
        "-updated_at": Sort((O.updated_at, O.change), descending=True, follows_changes=True),
        "updated_at": Sort((O.updated_at, O.change)),
    },
)

_EQUAL: dict[str, peewee.Field] = {
    "billing_account_id": O.account,
    "site_id": O.site,
    "po_number": O.po_number,
    "external_id": O.external_id,
}
_RANGES: dict[str, Callable[[], peewee.Expression]] = {
    "created_from": lambda: O.created_at >= param("created_from"),
    "created_to": lambda: O.created_at < param("created_to"),
    "updated_since": lambda: O.updated_at >= param("updated_since"),
}


def conditions(asked: OrderQuery) -> list[Condition]:
    """The conditions of a checked question.

    Raises:
        ValidationFailed: the range begins after it ends.
    """
    found = []
    if (statuses := asked.get("status")) is not None:
        found.append(_status(tuple(statuses)))
    for name, column in _EQUAL.items():
        value = asked.get(name)
        if isinstance(value, str):
            found.append(Condition(name, _equals(name, column), {name: value}))
    bounds = {name: moments.parse(str(asked[name])) for name in _RANGES if name in asked}  # type: ignore[literal-required]
    if {"created_from", "created_to"} <= asked.keys() and moments.is_backwards(
        asked["created_from"], asked["created_to"]
    ):
        raise ValidationFailed(
            [FieldError("?created_from", "out_of_range", "created_from is after created_to")]
        )
    found += [Condition(name, _RANGES[name], {name: value}) for name, value in bounds.items()]
    return found


def _equals(name: str, column: peewee.Field) -> Callable[[], peewee.Expression]:
    return lambda: column == param(name)


def _status(statuses: tuple[str, ...]) -> Condition:
    values = {f"status_{index}": status for index, status in enumerate(statuses)}
    if len(statuses) == 1:
        return Condition("status", lambda: O.status == param("status_0"), values)
    return Condition(
        f"status:{len(statuses)}", lambda: O.status.in_([param(name) for name in values]), values
    )
