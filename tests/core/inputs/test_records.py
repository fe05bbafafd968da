"""Objects of several fields: declared once, all errors at once."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

import pytest
from jsonschema import Draft202012Validator

from expressb2b_core.errors import ValidationFailed
from expressb2b_core.inputs.constraints import ListOf, Text, Whole
from expressb2b_core.inputs.records import Record, checked, read_query


class Part(TypedDict):
    """A part."""

    name: Annotated[str, Text(1, 5), "What it is called."]


class Whole_(TypedDict, total=False):  # noqa: N801
    """A whole
    of parts."""

    id: Required[Annotated[int, Whole(1, 9)]]
    note: Annotated[str | None, Text(0, 5)]
    parts: Annotated[list[Part], ListOf(Record(Part), 0, 3)]


def problems(error: ValidationFailed) -> dict[str, str]:
    return {problem.pointer: problem.code for problem in error.errors}


def test_what_keeps_the_declaration_comes_back_without_what_was_absent() -> None:
    given = {"id": 1, "note": None, "parts": [{"name": "a"}]}

    assert checked(Whole_, given) == given
    assert checked(Whole_, {"id": 1}) == {"id": 1}


def test_all_errors_come_at_once() -> None:
    with pytest.raises(ValidationFailed) as caught:
        checked(
            Whole_,
            {"note": "too long", "parts": [{"name": None}, {}, {"name": "a", "x/y": 1}], "id_": 1},
        )

    assert problems(caught.value) == {
        "/note": "invalid_length",
        "/parts/0/name": "required",
        "/parts/1/name": "required",
        "/parts/2/x~1y": "unknown_field",
        "/id_": "unknown_field",
        "/id": "required",
    }
    assert str(caught.value.detail) == "6 fields need attention."


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(ValidationFailed) as caught:
        checked(Whole_, value)

    assert problems(caught.value) == {"": "wrong_type"}


def test_a_query_is_text_and_each_parameter_comes_once() -> None:
    assert read_query(Whole_, [("id", "3"), ("note", "x")]) == {"id": 3, "note": "x"}
    with pytest.raises(ValidationFailed) as caught:
        read_query(Whole_, [("id", "3"), ("id", "4"), ("stauts", "x")])

    assert problems(caught.value) == {"?id": "duplicate", "?stauts": "unknown_parameter"}


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(ValidationFailed) as caught:
        read_query(Whole_, [])

    assert problems(caught.value) == {"?id": "required"}


def test_the_schema_says_the_same() -> None:
    schema = Record(Whole_).schema()
    validator = Draft202012Validator(schema)

    assert schema["description"] == "A whole of parts."
    assert schema["required"] == ["id"]
    assert validator.is_valid({"id": 1, "note": None, "parts": [{"name": "a"}]})
    for wrong in ({}, {"id": 1, "x": 1}, {"id": 1, "parts": [{}]}, {"id": None}):
        assert not validator.is_valid(wrong)
