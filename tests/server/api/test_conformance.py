"""Every answer to generated requests is one that the OpenAPI document announces.

`EXPRESSB2B_FUZZ_EXAMPLES` says how many requests each operation gets; more of them find more.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi import checks

from expressb2b_core import ExpressB2B
from expressb2b_server.app import create_app
from tests.clocks import FakeClock
from tests.server.conftest import SECRET, make_customer

EXAMPLES = int(os.environ.get("EXPRESSB2B_FUZZ_EXAMPLES", "10"))

# A request may keep its schema and still be refused by a rule: no such account, no stock.
_NOT_PROMISED = [checks.positive_data_acceptance]
# `bulk` is a SKU to every method but POST.
_ALSO_A_SKU = "/api/products/bulk"
# Their records are judged one by one, and those that are refused stand in a 200.
_JUDGED_BY_ROW = ("/api/products/bulk", "/api/inventory")

_b2b = ExpressB2B("sqlite:///:memory:", secret=SECRET, clock=FakeClock())
_shop = _b2b.workspace()
_key = _shop.keys.create("fuzz", limits={"read": 100_000, "write": 100_000}).key
_customer = make_customer(_shop, min_total="0")
_shop.orders.place(**_customer.order())  # type: ignore[arg-type]
_app = create_app(_b2b)
_addresses = itertools.count()


def _from_everywhere(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Each request from another address: attempts without a key are limited by address."""
    environ["REMOTE_ADDR"] = f"client-{next(_addresses)}"
    return _app(environ, start_response)


_schema = schemathesis.openapi.from_wsgi("/api/openapi.json", _from_everywhere)


@pytest.mark.filterwarnings("ignore")
@_schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == 10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_announced(case: schemathesis.Case) -> None:
    excluded = list(_NOT_PROMISED)
    if case.operation.path == _ALSO_A_SKU:
        excluded += [checks.allow_header_conformance, checks.unsupported_method]
    if case.operation.path in _JUDGED_BY_ROW:
        excluded.append(checks.negative_data_rejection)
    case.call_and_validate(headers={"Authorization": f"Bearer {_key}"}, excluded_checks=excluded)
