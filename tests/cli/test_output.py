"""Tables and fields as people read them."""

from __future__ import annotations

import pytest

from expressb2b_cli import output
from expressb2b_cli.invocation import Invocation
from expressb2b_cli.output import Column


def test_columns_are_aligned_and_numbers_stand_right() -> None:
    columns = (Column("SKU", "sku"), Column("QTY", "qty", right=True), Column("AT", "site.name"))
    rows = [
        {"sku": "A-1", "qty": 5, "site": {"name": "Loop"}},
        {"sku": "NAPKIN", "qty": 1200, "site": None},
    ]

    assert output.table_lines(rows, columns) == [
        "SKU      QTY  AT",
        "A-1        5  Loop",
        "NAPKIN  1200  -",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), ([], "-"), (True, "yes"), (False, "no"), (["a", "b"], "a, b"), ([{}, {}], "2")],
)
def test_values_are_shown_as_words(value: object, shown: str) -> None:
    assert output.table_lines([{"x": value}], [Column("X", "x")])[1] == shown


def test_what_steers_a_terminal_does_not_reach_it() -> None:
    rows = [{"note": "red \x1b[31m\nline\x9b"}]

    assert output.table_lines(rows, [Column("NOTE", "note")])[1] == "red  [31m line"


def test_one_thing_is_shown_with_what_is_inside_it(capsys: pytest.CaptureFixture[str]) -> None:
    output.show(
        Invocation(),
        {
            "number": 1042,
            "site": {"name": "Loop"},
            "items": [{"sku": "A", "price": {"source": "tier"}}, {"sku": "B", "gift": True}],
        },
    )

    assert capsys.readouterr().out.splitlines() == [
        "number     1042",
        "site.name  Loop",
        "",
        "items:",
        "  SKU  PRICE.SOURCE  GIFT",
        "  A    tier          -",
        "  B    -             yes",
    ]


def test_an_empty_table_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_list(Invocation(), [], [Column("X", "x")], {"total": 0})

    assert capsys.readouterr().out == ""


def test_json_is_one_line_with_data_and_meta(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_list(Invocation(as_json=True), [{"x": "ü"}], [], {"total": 1})

    assert capsys.readouterr().out == '{"data":[{"x":"ü"}],"meta":{"total":1}}\n'


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("Rows", 3) as done:
        done(3)

    assert capsys.readouterr() == ("", "")
