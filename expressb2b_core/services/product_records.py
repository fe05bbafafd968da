"""The records of an upsert as far as they can be judged without the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from expressb2b_core.errors import FieldError
from expressb2b_core.inputs.batches import examined_all
from expressb2b_core.inputs.catalog import ProductInput
from expressb2b_core.inputs.constraints import Problems
from expressb2b_core.services.bulk import duplicate, repeated
from expressb2b_core.services.price_changes import SentPrices, sent_prices


class CheckedProduct(NamedTuple):
    """One record. `sku` is None where that is what is wrong; with `errors`, nothing else counts."""

    sku: str | None
    record: ProductInput
    prices: SentPrices
    replaces_prices: bool
    errors: Sequence[FieldError]


def check_products(records: Sequence[object]) -> list[CheckedProduct]:
    """Judge each record by itself, and refuse all that name the same SKU."""
    products = [_checked(*found) for found in examined_all(ProductInput, records)]
    twice = repeated([product.sku for product in products])
    if not twice:
        return products
    return [
        product._replace(errors=[*product.errors, duplicate("sku")])
        if product.sku in twice
        else product
        for product in products
    ]


def _checked(record: ProductInput, problems: Problems) -> CheckedProduct:
    if problems:
        return CheckedProduct(record.get("sku"), record, {}, False, problems)
    if "pricing" not in record:
        # Nothing to replace the prices by: an absent field stays as it is.
        return CheckedProduct(record["sku"], record, {}, False, problems)
    prices = sent_prices(record["pricing"], problems)
    replaces = record.get("pricing_mode") == "replace"
    return CheckedProduct(record["sku"], record, prices, replaces, problems)
