from __future__ import annotations

import pytest

from expressb2b_core.errors import ValidationFailed
from expressb2b_server.api import queries


def as_wsgi(text: str) -> str:
    return text.encode().decode("latin-1")


def test_an_empty_query_has_no_parameters() -> None:
    assert queries.parse("") == []


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("q=linen+napkin&active=true", [("q", "linen napkin"), ("active", "true")]),
        ("q=%C3%A9%2B", [("q", "é+")]),
        (as_wsgi("q=é"), [("q", "é")]),
        ("q=a;b&q=", [("q", "a;b"), ("q", "")]),
        ("q", [("q", "")]),
        ("&&", []),
    ],
)
def test_names_and_values_are_decoded(query: str, pairs: list[tuple[str, str]]) -> None:
    assert queries.parse(query) == pairs


@pytest.mark.parametrize(
    "query",
    ["q=%ff", "q=\xff", "q=%zz", "q=%4", "q=100%", "%ff=1", "q=%ED%A0%80", "a=1&" * 100 + "a=1"],
)
def test_what_is_no_percent_encoded_utf_8_is_refused(query: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        queries.parse(query)

    assert [(error.pointer, error.code) for error in caught.value.errors] == [
        ("?", "invalid_encoding")
    ]


def test_an_address_without_parameters_refuses_any() -> None:
    queries.refuse_all([])
    with pytest.raises(ValidationFailed) as caught:
        queries.refuse_all([("x", "1")])

    assert caught.value.errors[0].code == "unknown_parameter"
