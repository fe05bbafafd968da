import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressb2b_core.rules.quantity import MAX_QTY, Nearest, quantity_problem


@pytest.mark.parametrize("qty", [1, 7, 1_000_000])
def test_any_quantity_within_the_limits_fits_a_product_without_restrictions(qty: int) -> None:
    assert quantity_problem(qty, min_qty=1, multiple=1) is None


def test_quantity_between_two_cases_names_both_neighbours() -> None:
    assert quantity_problem(20, min_qty=1, multiple=12) == Nearest(12, 24)


def test_whole_number_of_cases_fits() -> None:
    assert quantity_problem(24, min_qty=1, multiple=12) is None


def test_quantity_below_the_minimum_has_only_a_higher_neighbour() -> None:
    assert quantity_problem(9, min_qty=10, multiple=1) == Nearest(None, 10)


def test_multiple_below_the_minimum_does_not_fit() -> None:
    assert quantity_problem(12, min_qty=13, multiple=12) == Nearest(None, 24)


def test_minimum_that_is_no_multiple_is_rounded_up_to_one() -> None:
    assert quantity_problem(10, min_qty=10, multiple=12) == Nearest(None, 12)
    assert quantity_problem(12, min_qty=10, multiple=12) is None


def test_lower_neighbour_is_never_below_the_minimum() -> None:
    assert quantity_problem(25, min_qty=24, multiple=12) == Nearest(24, 36)
    assert quantity_problem(23, min_qty=13, multiple=12) == Nearest(None, 24)


@pytest.mark.parametrize("qty", [0, -5])
def test_nothing_or_less_is_answered_with_the_smallest_quantity(qty: int) -> None:
    assert quantity_problem(qty, min_qty=1, multiple=6) == Nearest(None, 6)


def test_minimum_of_nothing_still_asks_for_one() -> None:
    assert quantity_problem(0, min_qty=0, multiple=1) == Nearest(None, 1)


def test_quantity_over_the_limit_is_answered_with_the_largest() -> None:
    assert quantity_problem(1_000_001, min_qty=1, multiple=1) == Nearest(1_000_000, None)
    assert quantity_problem(1_000_000, min_qty=1, multiple=300_000) == Nearest(900_000, None)


def test_product_that_no_quantity_fits_has_no_neighbours() -> None:
    assert quantity_problem(5, min_qty=999_999, multiple=600_000) == Nearest(None, None)


# Near both ends of the range, where the neighbours run out.
QUANTITIES = st.integers(-3, 60) | st.integers(MAX_QTY - 60, MAX_QTY + 60)
MINIMUMS = st.integers(1, 60) | st.integers(MAX_QTY - 60, MAX_QTY)


@given(QUANTITIES, MINIMUMS, st.integers(1, 30))
def test_neighbours_are_the_very_nearest_that_fit(qty: int, min_qty: int, multiple: int) -> None:
    def fits(n: int) -> bool:
        return 1 <= n <= MAX_QTY and n >= min_qty and n % multiple == 0

    problem = quantity_problem(qty, min_qty, multiple)

    if fits(qty):
        assert problem is None
        return
    smallest = max(min_qty, 1)
    above = range(max(qty, smallest), min(max(qty, smallest) + multiple, MAX_QTY + 1))
    below = range(min(qty, MAX_QTY), min(qty, MAX_QTY) - multiple, -1)
    assert problem == (next(filter(fits, below), None), next(filter(fits, above), None))
