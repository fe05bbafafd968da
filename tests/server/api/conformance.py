"""What schemathesis may expect of each operation of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

# A request may keep its schema and still be refused by a rule: no such account, no stock.
_NOT_PROMISED = [checks.positive_data_acceptance]
# `bulk` is a SKU to every method but POST.
_ALSO_A_SKU = "/api/products/bulk"
# Their records are judged one by one, and those that are refused stand in a 200.
_JUDGED_BY_ROW = ("/api/products/bulk", "/api/inventory")


def not_promised(operation: APIOperation) -> list[Callable[..., Any]]:
    """The checks that the answers of this operation need not pass."""
    excluded: list[Callable[..., Any]] = list(_NOT_PROMISED)
    if operation.path == _ALSO_A_SKU:
        excluded += [checks.allow_header_conformance, checks.unsupported_method]
    if operation.path in _JUDGED_BY_ROW:
        excluded.append(checks.negative_data_rejection)
    return excluded


def takes_anything(operation: APIOperation) -> bool:
    """Whether there is anything that a client could get wrong."""
    return any(operation.iter_parameters()) or bool(operation.body)
