from __future__ import annotations

import pytest

from expressb2b_server.api import preconditions
from expressb2b_server.api.refusals import InvalidHeader


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        (None, None),
        ("*", {"*"}),
        (' "a" ', {"a"}),
        ('"a", "b" ,"c"', {"a", "b", "c"}),
        ('"a.2026-01"', {"a"}),
        ('W/"a"', set()),
        ('W/"a", "b"', {"b"}),
        ('""', {""}),
    ],
)
def test_strong_tags_are_read(value: str | None, tags: set[str] | None) -> None:
    assert preconditions.read_if_match(value) == tags


@pytest.mark.parametrize("value", ["", "a", '"a', '"a" "b"', '"a",', '*, "a"', 'w/"a"', '"é"'])
def test_what_is_no_list_of_tags_is_refused(value: str) -> None:
    with pytest.raises(InvalidHeader):
        preconditions.read_if_match(value)


@pytest.mark.parametrize("held", ['"a"', "*", '"x", "a"', 'W/"a"'])
def test_a_client_that_holds_it_already_is_recognised(held: str) -> None:
    assert preconditions.is_unchanged(held, '"a"')


@pytest.mark.parametrize("held", ['"b"', "a", "", '"a.2026-01"', "nonsense"])
def test_anything_else_is_answered_in_full(held: str) -> None:
    assert not preconditions.is_unchanged(held, '"a"')


def test_an_older_version_has_another_tag() -> None:
    assert preconditions.quoted("a", "2026-03", "2026-03") == '"a"'
    assert preconditions.quoted("a", "2026-01", "2026-03") == '"a.2026-01"'
