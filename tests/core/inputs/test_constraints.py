"""What single values may be, how they are read from a query, and their JSON Schema."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator

from expressb2b_core.errors import FieldError
from expressb2b_core.inputs.constraints import (
    Amount,
    Bound,
    Choice,
    Choices,
    Constraint,
    Flag,
    ListOf,
    Moment,
    Problems,
    ShortTexts,
    Text,
    UnitPrice,
    Uuid,
    Whole,
    escape_pointer,
)
from expressb2b_core.inputs.moments import EndOfDay

ID = "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"

ACCEPTED: list[tuple[Constraint, object, object]] = [
    (Text(1, 3), "abc", "abc"),
    (Text(0, 3), "", ""),
    (Text(1, 9, trimmed=True), "a b", "a b"),
    (Uuid(), ID, ID),
    (Whole(1, 9), 9, 9),
    (Flag(), False, False),
    (Choice("a", "b"), "b", "b"),
    (Choices("a", "b"), "b,a,b", ("a", "b")),
    (Choices("a", "b"), ["a"], ("a",)),
    (UnitPrice(), "38.5", "38.50"),
    (UnitPrice(), Decimal("0.0125"), "0.0125"),
    (Amount(signed=True), "-1.00", "-1.00"),
    (Moment(), "2026-03-15T15:32:07.9+01:00", "2026-03-15T14:32:07Z"),
    (Moment(), datetime(2026, 3, 15, 14, 32, 7, tzinfo=UTC), "2026-03-15T14:32:07Z"),
    (Moment(), "9999-12-31T23:59:59.9Z", "9999-12-31T23:59:59Z"),
    (Bound(), "2026-03-15", "2026-03-15T00:00:00Z"),
    (Bound(), "0001-01-01", "0001-01-01T00:00:00Z"),
    (Bound(closing=True), "2026-03-15", "2026-03-16T00:00:00Z"),
    (Bound(closing=True), date(2026, 12, 31), "2027-01-01T00:00:00Z"),
    (ListOf(Whole(1, 9), 1, 2), [1, 2], [1, 2]),
    (ShortTexts(2), {"a": "1", "b": ""}, {"a": "1", "b": ""}),
]

REFUSED: list[tuple[Constraint, object, str]] = [
    (Text(1, 3), "", "invalid_length"),
    (Text(1, 3), "abcd", "invalid_length"),
    (Text(1, 3), 1, "wrong_type"),
    (Text(1, 9), "a\x00", "invalid_character"),
    (Text(1, 9), "\ud800", "invalid_character"),
    (Text(1, 9, trimmed=True), " a", "invalid_format"),
    (Uuid(), ID.upper(), "invalid_format"),
    (Uuid(), ID + "\n", "invalid_format"),
    (Uuid(), None, "invalid_format"),
    (Whole(1, 9), 0, "out_of_range"),
    (Whole(1, 9), 10, "out_of_range"),
    (Whole(1, 9), True, "wrong_type"),
    (Whole(1, 9), Decimal(1), "wrong_type"),
    (Whole(1, 9), "1", "wrong_type"),
    (Flag(), 0, "wrong_type"),
    (Choice("a"), "A", "invalid_choice"),
    (Choice("a"), ["a"], "invalid_choice"),
    (Choices("a"), "a,", "invalid_choice"),
    (Choices("a"), [], "invalid_choice"),
    (Choices("a"), 1, "invalid_choice"),
    (UnitPrice(), 38, "invalid_money"),
    (UnitPrice(), "-1", "invalid_money"),
    (UnitPrice(), "1.00000", "invalid_money"),
    (Amount(), "-1", "out_of_range"),
    (Amount(), "x", "invalid_money"),
    (Moment(), "2026-03-15T14:32:07", "invalid_time"),
    (Moment(), "2026-02-30T14:32:07Z", "invalid_time"),
    (Moment(), "2026-03-15", "invalid_time"),
    (Moment(), datetime(2026, 3, 15), "invalid_time"),  # noqa: DTZ001
    (Moment(), "0001-01-01T00:00:00+00:01", "invalid_time"),
    (Moment(), "9999-12-31T23:59:59-00:01", "invalid_time"),
    (Moment(), datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))), "invalid_time"),
    (Moment(), 1, "wrong_type"),
    (Bound(), "2026-02-30", "invalid_time"),
    (Bound(), "0001-01-01T00:00:00+14:00", "invalid_time"),
    (Bound(closing=True), "9999-12-31", "invalid_time"),
    (Bound(), 1, "wrong_type"),
    (ListOf(Whole(1, 9), 1, 2), [], "invalid_length"),
    (ListOf(Whole(1, 9), 1, 2), [1, 2, 3], "invalid_length"),
    (ListOf(Whole(1, 9), 1, 2), "12", "wrong_type"),
    (ListOf(Whole(1, 9), 0, 5, unique=lambda entry: entry), [1, 2, 1], "duplicate"),
    (ShortTexts(1), {"a": "1", "b": "2"}, "invalid_length"),
    (ShortTexts(), {"a": 1}, "wrong_type"),
    (ShortTexts(), {"": "x"}, "invalid_length"),
    (ShortTexts(), [], "wrong_type"),
]


@pytest.mark.parametrize(("constraint", "value", "kept"), ACCEPTED)
def test_what_is_right_is_kept_in_one_form(
    constraint: Constraint, value: object, kept: object
) -> None:
    problems: list[FieldError] = []

    assert constraint.check(value, "/field", problems) == kept
    assert problems == []


@pytest.mark.parametrize(("constraint", "value", "code"), REFUSED)
def test_what_is_wrong_is_named(constraint: Constraint, value: object, code: str) -> None:
    problems: list[FieldError] = []

    constraint.check(value, "/field", problems)

    assert [problem.code for problem in problems] == [code]
    assert problems[0].pointer.startswith("/field")


@pytest.mark.parametrize(("constraint", "value", "kept"), ACCEPTED)
def test_the_schema_accepts_what_is_accepted(
    constraint: Constraint, value: object, kept: object
) -> None:
    if isinstance(value, str | int | list | dict):
        sent = (
            ",".join(value)
            if isinstance(constraint, Choices) and isinstance(value, list)
            else value
        )
        Draft202012Validator(constraint.schema()).validate(sent)


@pytest.mark.parametrize(("constraint", "value", "code"), REFUSED)
def test_the_schema_refuses_wrong_types_ranges_and_choices(
    constraint: Constraint, value: object, code: str
) -> None:
    if code in {"wrong_type", "out_of_range", "invalid_choice"} and value is not None:
        assert not Draft202012Validator(constraint.schema()).is_valid(value)


@pytest.mark.parametrize(
    ("constraint", "text", "value"),
    [
        (Whole(1, 100), "25", 25),
        (Flag(), "true", True),
        (Flag(), "false", False),
        (Text(1, 5), "25", "25"),
        (Choices("a", "b"), "a,b", ("a", "b")),
    ],
)
def test_query_text_becomes_a_value(constraint: Constraint, text: str, value: object) -> None:
    problems: list[FieldError] = []

    assert constraint.read(text, "?field", problems) == value
    assert problems == []


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        (Whole(1, 100), "1.0"),
        (Whole(1, 100), "٣"),
        (Whole(1, 100), "9" * 5000),
        (Whole(1, 100), " 1"),
        (Flag(), "True"),
        (Flag(), "1"),
    ],
)
def test_query_text_that_is_no_value_is_refused(constraint: Constraint, text: str) -> None:
    problems: list[FieldError] = []

    constraint.read(text, "?field", problems)

    assert len(problems) == 1


def test_entries_of_a_list_are_addressed_by_their_place() -> None:
    problems: list[FieldError] = []

    ListOf(Whole(1, 9), 0, 5).check([1, 0, "x"], "/items", problems)

    assert [(problem.pointer, problem.code) for problem in problems] == [
        ("/items/1", "out_of_range"),
        ("/items/2", "wrong_type"),
    ]


def test_pointers_escape_what_clients_send() -> None:
    assert escape_pointer("a/b~c\x00\ud800") == "a~1b~0c�?"
    assert len(escape_pointer("x" * 1000)) == 100


def test_end_of_a_day_stays_one_when_it_is_checked_again() -> None:
    problems: Problems = []
    once = Bound(closing=True).check("2026-03-15", "?created_to", problems)
    again = Bound(closing=True).check(once, "?created_to", problems)

    assert (again, problems) == (once, [])
    assert isinstance(again, EndOfDay)
    assert not isinstance(Bound(closing=True).check(str(once), "", problems), EndOfDay)
    assert not isinstance(Bound().check("2026-03-16", "", problems), EndOfDay)
