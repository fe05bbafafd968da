from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from expressb2b_core.rules.order_states import EVENTS
from expressb2b_server.api.description import document, examples
from expressb2b_server.api.description.kinds import KINDS
from expressb2b_server.api.description.shapes import component_name
from expressb2b_server.app import Application


@pytest.fixture
def described(app: Application) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document.text(app.routes, ["2026-01", "2026-03"]))
    return found


def validator(described: dict[str, Any], name: str) -> Draft202012Validator:
    """Of one component, with all others to refer to."""
    return Draft202012Validator(
        {
            "$ref": f"#/components/schemas/{name}",
            "components": {"schemas": described["components"]["schemas"]},
        },
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def test_the_document_is_valid(described: dict[str, Any]) -> None:
    validate(described)


def test_every_route_is_described(app: Application, described: dict[str, Any]) -> None:
    routes = {(route.path, route.method.lower()) for route in app.routes}

    told = {(path, method) for path, item in described["paths"].items() for method in item}

    assert told == routes


def test_every_operation_says_what_it_does(described: dict[str, Any]) -> None:
    names = set()
    for item in described["paths"].values():
        for operation in item.values():
            names.add(operation["operationId"])
            assert operation["summary"]
            assert not operation["summary"].endswith(".")
            assert operation["tags"][0] in {tag["name"] for tag in described["tags"]}
            assert any(status.startswith("2") for status in operation["responses"])
            assert "default" in operation["responses"]
    assert len(names) == sum(len(item) for item in described["paths"].values())


def test_what_needs_a_key_says_so(app: Application, described: dict[str, Any]) -> None:
    for route in app.routes:
        operation = described["paths"][route.path][route.method.lower()]

        assert operation["security"] == ([{"key": []}] if route.scope else [])
        assert ("401" in operation["responses"]) == (
            route.scope is not None or route.path == "/metrics"
        )
        assert ("requestBody" in operation) == (route.body is not None)


def test_each_event_is_a_webhook(described: dict[str, Any]) -> None:
    assert list(described["webhooks"]) == list(EVENTS)


@pytest.mark.parametrize("kind", sorted(examples.RESOURCES))
def test_each_example_of_an_answer_keeps_its_schema(described: dict[str, Any], kind: str) -> None:
    validator(described, component_name(kind)).validate(examples.RESOURCES[kind])


@pytest.mark.parametrize("name", sorted(examples.REQUESTS))
def test_each_example_of_a_request_keeps_its_schema(described: dict[str, Any], name: str) -> None:
    validator(described, name).validate(examples.REQUESTS[name])


def test_every_request_has_an_example(app: Application) -> None:
    assert {route.body.__name__ for route in app.routes if route.body} == set(examples.REQUESTS)


def test_every_answer_is_of_a_known_kind(app: Application) -> None:
    assert {route.gives for route in app.routes if route.gives} <= set(KINDS)


def test_an_unknown_field_does_not_keep_the_schema(described: dict[str, Any]) -> None:
    order = {**examples.RESOURCES["order"], "surprise": 1}

    assert not validator(described, "Order").is_valid(order)


def test_every_refusal_that_is_referred_to_is_there(described: dict[str, Any]) -> None:
    text = json.dumps(described)
    for name in described["components"]["responses"]:
        assert f"#/components/responses/{name}" in text
