from __future__ import annotations

import inspect
import json
from collections.abc import Iterator

import pytest

from expressb2b_core import errors
from expressb2b_core.errors import ExpressB2BError, FieldError
from expressb2b_server.api import refusals
from expressb2b_server.api.problems import KINDS, TYPE_PREFIX, Problem, problem


def error_classes() -> Iterator[type[ExpressB2BError]]:
    for module in (errors, refusals):
        for _, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, ExpressB2BError):
                yield found


def members(refused: Problem) -> dict[str, object]:
    found: dict[str, object] = json.loads(refused.body)
    return found


@pytest.mark.parametrize("kind", sorted(set(error_classes()), key=lambda kind: kind.__name__))
def test_every_error_has_a_status_and_a_title(kind: type[ExpressB2BError]) -> None:
    assert kind in KINDS, f"add {kind.__name__} to expressb2b_server.api.problems.KINDS"
    assert KINDS[kind].status in (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 503)
    assert KINDS[kind].title


def test_a_problem_has_the_members_of_rfc_9457_and_its_code() -> None:
    refused = problem(errors.Stale(), "r-1")

    assert refused.status == 412
    assert members(refused) == {
        "type": TYPE_PREFIX + "stale",
        "title": "It was changed in the meantime",
        "status": 412,
        "code": "stale",
        "detail": errors.Stale().detail,
        "request_id": "r-1",
    }


def test_field_errors_carry_their_figures_beside_the_text() -> None:
    error = errors.ValidationFailed(
        [
            FieldError("/items/0/qty", "insufficient_stock", "only 3", {"available": 3}),
            FieldError("/items/1/qty", "invalid_quantity", "no", {"nearest": [None, 6]}),
        ]
    )

    found = members(problem(error, "r-1"))

    assert found["detail"] == "2 fields need attention."
    assert found["errors"] == [
        {
            "pointer": "/items/0/qty",
            "code": "insufficient_stock",
            "detail": "only 3",
            "available": 3,
        },
        {
            "pointer": "/items/1/qty",
            "code": "invalid_quantity",
            "detail": "no",
            "nearest": [None, 6],
        },
    ]


@pytest.mark.parametrize(
    ("error", "evidence"),
    [
        (
            errors.InvalidTransition("approve", "fulfilled", []),
            {"action": "approve", "current_status": "fulfilled", "allowed_actions": []},
        ),
        (errors.InsufficientScope("orders:read"), {"required_scope": "orders:read"}),
        (errors.NotAnApprover("own_order"), {"reason": "own_order"}),
        (errors.UnknownVersion("x", ["2026-03"]), {"supported": ["2026-03"]}),
        (errors.TooManyRecords(501, 500), {"sent": 501, "limit": 500}),
        (
            errors.AlreadyExists("external_id", "E-1", "01"),
            {"field": "external_id", "value": "E-1", "id": "01"},
        ),
        (refusals.InvalidHeader("If-Match", "no"), {"header": "If-Match"}),
    ],
    ids=lambda value: getattr(value, "code", ""),
)
def test_evidence_becomes_members(error: ExpressB2BError, evidence: dict[str, object]) -> None:
    found = members(problem(error, "r-1"))

    standard = {"type", "title", "status", "code", "detail", "request_id"}
    assert {name: found[name] for name in found if name not in standard} == evidence


def test_foreign_and_absent_look_alike() -> None:
    assert problem(errors.NotFound("order"), "r") == problem(errors.NotFound("order", "0193"), "r")


def test_a_refused_key_is_told_how_to_authenticate() -> None:
    assert problem(errors.Unauthorized(), "r").headers == (("WWW-Authenticate", "Bearer"),)


@pytest.mark.parametrize(
    "error", [errors.RateLimited(17), errors.StorageUnavailable("busy", retry_after_seconds=17)]
)
def test_who_may_come_again_is_told_when(error: ExpressB2BError) -> None:
    assert problem(error, "r").headers == (("Retry-After", "17"),)


def test_a_fault_of_ours_says_nothing_but_its_request_id() -> None:
    refused = problem(errors.Misconfigured("the password is hush"), "r-1")

    assert refused.status == 500
    assert members(refused)["code"] == "internal_error"
    assert b"hush" not in refused.body
    assert members(refused)["request_id"] == "r-1"
