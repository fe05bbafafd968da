"""The bodies of bulk requests: lists whose records are judged one by one, by the services."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required, TypedDict

from expressb2b_core.inputs.catalog import MAX_BULK, ProductInput, StockLevel
from expressb2b_core.inputs.constraints import Constraint, Flag, Moment, Problems, Schema
from expressb2b_core.inputs.records import Record


class Rows(Constraint):
    """A list of records. A record that is refused fails as a row, so none is checked here."""

    def __init__(self, declaration: type) -> None:
        self._record = Record(declaration)

    def check(self, value: object, at: str, problems: Problems) -> object:
        return value

    def schema(self) -> Schema:
        return {
            "type": "array",
            "items": self._record.schema(),
            "minItems": 1,
            "maxItems": MAX_BULK,
        }


class BulkProducts(TypedDict, total=False):
    """Up to 500 products to upsert in one request."""

    products: Required[Annotated[list[ProductInput], Rows(ProductInput)]]
    atomic: Annotated[bool, Flag(), "Write nothing when a record is refused."]


class BulkLevels(TypedDict, total=False):
    """The stock of up to 500 products."""

    levels: Required[Annotated[list[StockLevel], Rows(StockLevel)]]
    as_of: Annotated[
        str | datetime | None,
        Moment(),
        "When the stock was counted; older than what is stored: `stale`, nothing changes.",
    ]
