"""Every answer to generated requests is one that the OpenAPI document announces.

`EXPRESSB2B_FUZZ_EXAMPLES` says how many valid and how many invalid requests each operation gets;
more of them find more.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.schemas import OpenApiSchema

from expressb2b_core import ExpressB2B
from expressb2b_server.app import create_app
from tests.clocks import FakeClock
from tests.server.api.conformance import not_promised, takes_anything
from tests.server.conftest import SECRET, make_customer

EXAMPLES = int(os.environ.get("EXPRESSB2B_FUZZ_EXAMPLES", "6"))

_TAGS = (
    "Orders", "Events", "Products", "Inventory", "Pricing tiers", "Billing accounts", "Webhooks",
    "About", "Operations",
)  # fmt: skip


class Server(NamedTuple):
    """The application with something to read and write, and a key to it."""

    schema: OpenApiSchema
    key: str


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with ExpressB2B("sqlite:///:memory:", secret=SECRET, clock=FakeClock()) as b2b:
        shop = b2b.workspace()
        key = shop.keys.create("fuzz", limits={"read": 100_000, "write": 100_000}).key
        customer = make_customer(shop, min_total="0")
        shop.orders.place(**customer.order())  # type: ignore[arg-type]
        app = _from_everywhere(create_app(b2b))
        yield Server(schemathesis.openapi.from_wsgi("/api/openapi.json", app), key)


def _from_everywhere(app: WSGIApplication) -> WSGIApplication:
    """Each request from another address: attempts without a key are limited by address."""
    addresses = itertools.count()

    def addressed(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        environ["REMOTE_ADDR"] = f"client-{next(addresses)}"
        return app(environ, start_response)

    return addressed


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("tag", _TAGS)
def test_every_answer_is_announced(server: Server, tag: str, mode: GenerationMode) -> None:
    for operation in server.schema.include(tag=tag).get_all_operations():
        if mode is GenerationMode.POSITIVE or takes_anything(operation.ok()):
            _ask(operation.ok(), mode, server.key)


def _ask(operation: APIOperation, mode: GenerationMode, key: str) -> None:
    excluded = not_promised(operation)

    @settings(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES == 6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def ask(case: Case) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    ask()


def test_every_operation_is_asked(server: Server) -> None:
    tagged = [operation.ok().tags for operation in server.schema.get_all_operations()]

    assert {tag for tags in tagged for tag in tags or ["none"]} == set(_TAGS)
