"""What a request says about a product's negotiated prices, and which rows that closes and adds.

Pure: reading the open rows and writing the change is `product_changes`' part. Rows are never
changed, so that every past price can be proved; a change closes a row and adds another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from expressb2b_core import money
from expressb2b_core.errors import FieldError
from expressb2b_core.inputs import moments
from expressb2b_core.inputs.catalog import PriceInput
from expressb2b_core.inputs.constraints import Problems
from expressb2b_core.services.bulk import below


class PriceKey(NamedTuple):
    """What makes two prices of a product the same one, at different times perhaps."""

    tier: str | None
    billing_account_id: str | None
    min_qty: int
    valid_from: int | None


class Terms(NamedTuple):
    """What may change under a key: the price in ten-thousandths, and the end of its window."""

    price: int
    valid_to: int | None


SentPrices = Mapping[PriceKey, Terms | None]
"""What is to be from now on under each key named; None ends it."""


class OpenPrice(NamedTuple):
    """A row that has not been ended, under its key."""

    id: int
    price: int
    valid_to: int | None


class AddedPrice(NamedTuple):
    """A key, its terms from now on, and the id of the open row whose place they take."""

    tier: str | None
    billing_account_id: str | None
    min_qty: int
    valid_from: int | None
    price: int
    valid_to: int | None
    replaces: int | None


PriceChanges = tuple[Sequence[int], Sequence[AddedPrice]]
"""The ids of the rows that end, and the prices that begin."""


def sent_prices(pricing: Sequence[PriceInput], problems: Problems) -> SentPrices:
    """The `pricing` of a checked record; what contradicts itself is appended to `problems`."""
    sent: dict[PriceKey, Terms | None] = {}
    for index, row in enumerate(pricing):
        key = _key(row)
        valid_to = moments.parse_optional(row.get("valid_to"))
        problem = _contradiction(key, valid_to)
        if key in sent:
            detail = "an entry before has the same tier or account, min_qty and valid_from"
            problem = FieldError("", "duplicate", detail)
        if problem is not None:
            problems.append(below(problem, f"/pricing/{index}"))
        price = row["price"]
        sent[key] = None if price is None else Terms(money.unit_price(price), valid_to)
    return sent


def merged(
    present: Mapping[PriceKey, OpenPrice], sent: SentPrices, *, replace: bool
) -> PriceChanges:
    """What turns the open rows of a product into what was sent: ids to end, prices to add.

    A row that a new one replaces is closed too. With `replace` every row ends that was not sent.
    The base price is none of these rows.
    """
    ended: list[int] = []
    added: list[AddedPrice] = []
    for key, terms in sent.items():
        row = present.get(key)
        if terms is None:
            if row is not None:
                ended.append(row.id)
        elif row is None:
            added.append(AddedPrice(*key, *terms, None))
        elif terms != row[1:]:
            added.append(AddedPrice(*key, *terms, row.id))
    if replace:
        ended += [row.id for key, row in present.items() if key not in sent]
    return ended, added


def _key(row: PriceInput) -> PriceKey:
    return PriceKey(
        row.get("tier"),
        row.get("billing_account_id"),
        row.get("min_qty", 1),
        moments.parse_optional(row.get("valid_from")),
    )


def _contradiction(key: PriceKey, valid_to: int | None) -> FieldError | None:
    if key.tier is None and key.billing_account_id is None:
        return FieldError("/tier", "required", "give tier or billing_account_id")
    if key.tier is not None and key.billing_account_id is not None:
        detail = "give either tier or billing_account_id, not both"
        return FieldError("/billing_account_id", "conflicting", detail)
    if valid_to is not None:
        starts_at = moments.EARLIEST if key.valid_from is None else key.valid_from
        if valid_to <= starts_at:
            return FieldError("/valid_to", "out_of_range", "valid_to is not after valid_from")
    return None
