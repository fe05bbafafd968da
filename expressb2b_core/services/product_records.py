"""The records of an upsert as far as they can be judged without the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from expressb2b_core.errors import FieldError
from expressb2b_core.inputs.batches import examined_all
from expressb2b_core.inputs.catalog import ProductInput
from expressb2b_core.inputs.constraints import Problems
from expressb2b_core.services.bulk import duplicate, repeated
from expressb2b_core.services.price_changes import SentPrices, sent_prices


class CheckedProducts(NamedTuple):
    """The records of a request in the order sent; what few of them have stands under their place.

    `errors` says which are refused and why, and of these nothing else counts. A SKU is None where
    that is what is wrong. `prices` has what is said of negotiated prices, where that is anything.
    """

    records: Sequence[ProductInput]
    skus: Sequence[str | None]
    errors: Mapping[int, Sequence[FieldError]]
    prices: Mapping[int, SentPrices]


def check_products(records: Sequence[object]) -> CheckedProducts:
    """Judge each record by itself, and refuse all that name the same SKU."""
    found, errors = examined_all(ProductInput, records)
    prices = _prices(found, errors)
    skus = [record.get("sku") for record in found]
    if twice := repeated(skus):
        for place, sku in enumerate(skus):
            if sku in twice:
                errors.setdefault(place, []).append(duplicate("sku"))
    accepted = {place: sent for place, sent in prices.items() if place not in errors}
    return CheckedProducts(found, skus, errors, accepted)


def _prices(
    records: Sequence[ProductInput], errors: dict[int, Problems]
) -> Mapping[int, SentPrices]:
    """The `pricing` of the records without errors; what contradicts itself is added to these."""
    prices = {}
    for place, record in enumerate(records):
        if "pricing" in record and place not in errors:
            problems: Problems = []
            sent = sent_prices(record["pricing"], problems)
            if problems:
                errors[place] = problems
            elif sent or record.get("pricing_mode") == "replace":
                prices[place] = sent
    return prices
