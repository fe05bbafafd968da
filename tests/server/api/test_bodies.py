from __future__ import annotations

import io
from typing import Any

import pytest

from expressb2b_core.errors import UnreadableBody
from expressb2b_core.inputs.constraints import Amount, UnitPrice, Whole
from expressb2b_server.api import bodies
from expressb2b_server.api.refusals import PayloadTooLarge, UnsupportedMediaType
from tests.server.api.unreadable import UNREADABLE

JSON = "application/json"


def environ(body: bytes, **more: object) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), **more}


@pytest.mark.parametrize(
    "body",
    UNREADABLE,
    ids=lambda body: repr(body[:24]),
)
def test_what_is_not_strictly_json_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableBody) as caught:
        bodies.parse(body, JSON)

    assert "int" not in caught.value.detail  # no advice about Python's own limits


@pytest.mark.parametrize(
    "number", ["1.5", "1.0", "1e3", "-0.0", "1e999", "1E-7", "0." + "3" * 5000]
)
def test_a_fraction_or_exponent_is_no_value_that_anything_takes(number: str) -> None:
    value = bodies.parse(number.encode(), JSON)

    for constraint in (Whole(0, 10**9), UnitPrice(), Amount()):
        problems: list[Any] = []
        constraint.check(value, "/x", problems)
        assert problems


def test_escapes_of_a_whole_character_are_read() -> None:
    assert bodies.parse(b'"\\ud83d\\ude00 \\\\ud800"', JSON) == "\U0001f600 \\ud800"


def test_large_integers_are_read_exactly() -> None:
    assert bodies.parse(b"9223372036854775808", JSON) == 2**63


@pytest.mark.parametrize(
    "media_type",
    [JSON, "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', f"{JSON};"],
)
def test_json_in_utf_8_is_taken(media_type: str) -> None:
    assert bodies.parse(b"{}", media_type) == {}


@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/json; charset=latin-1", "application/jsonp", "a/b, " + JSON],
)
def test_other_media_types_are_refused(media_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        bodies.parse(b"{}", media_type)


def test_a_body_of_exactly_the_limit_is_read() -> None:
    body = b" " * bodies.MAX_BYTES

    assert bodies.read(environ(body)) == body


@pytest.mark.parametrize("announced", [str(bodies.MAX_BYTES + 1), "9" * 40, "x", "-1", "²"])
def test_a_longer_body_is_refused_unread(announced: str) -> None:
    made = environ(b"", CONTENT_LENGTH=announced)
    made["wsgi.input"] = None

    with pytest.raises(PayloadTooLarge):
        bodies.read(made)


def test_a_body_without_a_length_is_read_to_its_end() -> None:
    made = environ(b"{}", CONTENT_LENGTH="") | {"wsgi.input_terminated": True}

    assert bodies.read(made) == b"{}"


def test_a_body_without_a_length_may_not_be_too_long_either() -> None:
    body = b" " * (bodies.MAX_BYTES + 1)
    made = environ(body, CONTENT_LENGTH="") | {"wsgi.input_terminated": True}

    with pytest.raises(PayloadTooLarge):
        bodies.read(made)


def test_an_input_that_may_never_end_is_not_read() -> None:
    made = environ(b"{}", CONTENT_LENGTH="")

    assert bodies.read(made) == b""


def test_a_body_that_breaks_off_is_refused() -> None:
    with pytest.raises(UnreadableBody):
        bodies.read(environ(b"{}", CONTENT_LENGTH="3"))


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_an_encoded_body_is_refused(encoding: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        bodies.read(environ(b"{}", HTTP_CONTENT_ENCODING=encoding))
