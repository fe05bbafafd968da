"""CSV as programs of different countries write it."""

from __future__ import annotations

import pytest

from expressb2b_core.errors import ValidationFailed
from expressb2b_core.services.spreadsheets.sheets import csv_lines, read_sheet

KNOWN = ("sku", "name")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_commas_semicolons_and_tabs_separate(separator: str) -> None:
    data = f"sku{separator}name\nA-1{separator}Napkin\n".encode()

    sheet = read_sheet(data, KNOWN)

    assert sheet.rows[0].cells == {"sku": "A-1", "name": "Napkin"}


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    assert read_sheet(b"\xef\xbb\xbfsku\nA\n", KNOWN).columns == ["sku"]


def test_names_of_columns_may_be_capitalised() -> None:
    assert read_sheet(b" SKU ,Name\nA,B\n", KNOWN).columns == ["sku", "name"]


def test_what_follows_a_prefix_keeps_its_case() -> None:
    sheet = read_sheet(b"sku,Price:Gold\nA,1\n", KNOWN, prefixes=("price:",))

    assert sheet.columns == ["sku", "price:Gold"]


def test_empty_rows_are_passed_over_and_numbers_stay_those_of_the_file() -> None:
    sheet = read_sheet(b"sku,name\n\n,\nA,B\n", KNOWN)

    assert [row.number for row in sheet.rows] == [4]


def test_a_cell_too_many_is_a_problem_of_its_row_alone() -> None:
    sheet = read_sheet(b"sku,name\nA,B,C\nD,E\n", KNOWN)

    assert [row.problem for row in sheet.rows] == ["there are more cells than columns", None]


def test_columns_that_an_earlier_import_added_are_passed_over() -> None:
    sheet = read_sheet(b"sku,row,error\nA,7,too cheap\n", KNOWN)

    assert sheet.columns == ["sku"]
    assert sheet.rows[0].cells == {"sku": "A"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"sku,colour\nA,red\n", "unknown_field"),
        (b"sku,sku\nA,B\n", "duplicate"),
        (b"name\nA\n", "required"),
        (b"", "invalid_format"),
        (b"sku\nGr\xfcn\n", "invalid_format"),
        (b'sku\n"A\n', "invalid_format"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        read_sheet(data, KNOWN, required=("sku",))

    assert [error.code for error in refused.value.errors] == [code]


def test_another_encoding_can_be_named() -> None:
    sheet = read_sheet("sku\nGrün\n".encode("cp1252"), KNOWN, encoding="cp1252")

    assert sheet.rows[0].cells["sku"] == "Grün"


def test_an_encoding_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationFailed, match="no encoding utf-99"):
        read_sheet(b"sku\n", KNOWN, encoding="utf-99")


def test_lines_are_quoted_where_they_must_be() -> None:
    lines = list(csv_lines(["a", "b"], iter([['say "hi"', "x,y\nz"]])))

    assert lines == ["a,b\r\n", '"say ""hi""","x,y\nz"\r\n']
