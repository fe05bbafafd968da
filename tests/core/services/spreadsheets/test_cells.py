"""Cells go out safe for spreadsheet programs, and come back as they were."""

from __future__ import annotations

import pytest

from expressb2b_core.services.spreadsheets import cells


@pytest.mark.parametrize(
    "text", ["=1+1", "+SUM(A1)", "-2+3", "@here", "=HYPERLINK(1)", "'=x", "''-1"]
)
def test_text_that_would_run_as_a_formula_is_disarmed_and_comes_back(text: str) -> None:
    disarmed = cells.cell(text)

    assert disarmed == f"'{text}"
    assert cells.text_of(disarmed) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (12, "12"),
        ("-5.00", "-5.00"),
        ("PO 7", "PO 7"),
    ],
)
def test_other_values_go_out_as_they_are(value: object, expected: str) -> None:
    assert cells.cell(value) == expected


def test_an_apostrophe_that_belongs_to_the_text_stays() -> None:
    assert cells.text_of("'t Hof") == "'t Hof"


@pytest.mark.parametrize(("content", "expected"), [("Yes", True), ("TRUE", True), ("0", False)])
def test_flags_are_read_in_several_spellings(content: str, expected: bool) -> None:
    assert cells.flag(content) is expected


@pytest.mark.parametrize("content", ["maybe", "2", ""])
def test_what_is_no_flag_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match="neither true nor false"):
        cells.flag(content)


@pytest.mark.parametrize("content", ["1.5", "1,000", "²", "9" * 16, "ten"])
def test_what_is_no_whole_number_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match="no whole number"):
        cells.whole(content)


def test_words_may_be_separated_in_several_ways() -> None:
    assert cells.words("buyer, approver|guest;x") == ["buyer", "approver", "guest", "x"]
