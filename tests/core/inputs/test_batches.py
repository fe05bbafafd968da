"""Whether many values are right is found out at once, and never other than for each by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressb2b_core import money
from expressb2b_core.inputs.batches import accepted, examined_all
from expressb2b_core.inputs.catalog import ProductInput, TierCode
from expressb2b_core.inputs.constraints import (
    Amount,
    Choice,
    Constraint,
    Flag,
    ListOf,
    ShortTexts,
    Text,
    UnitPrice,
    Uuid,
    Whole,
)
from expressb2b_core.inputs.orders import Sku
from expressb2b_core.inputs.records import Record

ID = "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"
LETTERS = ListOf(Text(1, 1), 1, 3)
RIGHT: list[tuple[Constraint, list[object]]] = [
    (Text(1, 5), ["a", "äöü😀x"]),
    (Text(0, 9), ["", "two\nlines"]),
    (Sku, ["A", "A B/2"]),
    (TierCode, ["gold", "volume_b"]),
    (Uuid(), [ID]),
    (Whole(1, 9), [1, 9]),
    (Flag(), [True, False]),
    (Choice("merge", "replace"), ["merge", "merge"]),
    (UnitPrice(), ["1", "0.0125", "9999999999.9999"]),
    (ShortTexts(2, 3, 4), [{}, {"a": "", "b": "four"}]),
    (LETTERS, [["a"], ["a", "b", "c"]]),
    (Record(ProductInput), [{"sku": "A"}, {"sku": "B", "unit": None}, {"sku": "C", "unit": "box"}]),
]
WRONG: list[tuple[Constraint, object]] = [
    (Text(1, 5), ""),
    (Text(1, 5), "sixsix"),
    (Text(1, 5), "a\x00"),
    (Text(1, 5), "\ud800"),
    (Text(1, 5), 5),
    (Sku, " A"),
    (TierCode, "a b"),
    (Uuid(), ID.upper()),
    (Whole(1, 9), 0),
    (Whole(1, 9), 10),
    (Whole(1, 9), True),
    (Flag(), 1),
    (Choice("merge", "replace"), "merged"),
    (Choice("merge", "replace"), []),
    (UnitPrice(), "1.00001"),
    (UnitPrice(), "-1"),
    (UnitPrice(), "1\n2"),
    (UnitPrice(), ""),
    (UnitPrice(), "١"),
    (UnitPrice(), 1),
    (ShortTexts(2, 3, 4), {"a": "", "b": "", "c": ""}),
    (ShortTexts(2, 3, 4), {"long": ""}),
    (ShortTexts(2, 3, 4), {"a": "fivefive"}),
    (ShortTexts(2, 3, 4), {"a": 5}),
    (LETTERS, []),
    (LETTERS, ["a", "b", "c", "d"]),
    (LETTERS, ["ab"]),
    (LETTERS, "a"),
    (Record(ProductInput), {}),
    (Record(ProductInput), {"sku": "A", "name": None}),
    (Record(ProductInput), {"sku": "A", "colour": "red"}),
    (Record(ProductInput), {"sku": "A", 5: "red"}),
    (Record(ProductInput), {"sku": "A", "pricing": [{"tier": "gold"}]}),
    (Record(ProductInput), None),
]


@pytest.mark.parametrize(("constraint", "values"), RIGHT)
def test_right_values_are_accepted_together(constraint: Constraint, values: list[object]) -> None:
    assert accepted(constraint, values)


@pytest.mark.parametrize(("constraint", "wrong"), WRONG)
def test_one_wrong_value_among_right_ones_is_not_accepted(
    constraint: Constraint, wrong: object
) -> None:
    right = next((values for kind, values in RIGHT if type(kind) is type(constraint)), [])

    assert not accepted(constraint, [*right, wrong, *right])


def test_constraint_that_makes_something_else_of_a_value_accepts_none() -> None:
    assert not accepted(Amount(), ["1.00"])


@given(st.sampled_from([one for one, _ in [*RIGHT, *WRONG]]), st.data())
def test_what_is_accepted_is_right_by_itself(constraint: Constraint, data: Any) -> None:
    parts = st.text(max_size=3) | st.integers(-1, 10) | st.booleans() | st.none() | st.just("1.5")
    value = data.draw(
        parts | st.lists(parts, max_size=4) | st.dictionaries(parts, parts, max_size=3)
    )

    problems: list[Any] = []
    checked = constraint.check(value, "", problems)

    if accepted(constraint, [value]):
        assert problems == []
        if isinstance(constraint, UnitPrice):
            assert money.unit_price(checked) == money.unit_price(value)
        else:
            assert checked == value


def test_each_record_has_its_own_errors() -> None:
    found, errors = examined_all(
        ProductInput,
        [{"sku": "A", "name": ""}, {"sku": "B", "base_price": Decimal("2.5")}, {"name": "C"}],
    )

    assert {place: [error.pointer for error in own] for place, own in errors.items()} == {
        0: ["/name"],
        2: ["/sku"],
    }
    assert found[1] == {"sku": "B", "base_price": "2.50"}
