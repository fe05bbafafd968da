from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from expressb2b_core.rules.stock import (
    UNTRACKED,
    BelowZero,
    Reservation,
    Shortage,
    Stock,
    adjust,
    consume,
    is_stale,
    release,
    reserve,
    set_on_hand,
)


def tracked(on_hand: int, reserved: int = 0, *, backorder: bool = False) -> Stock:
    return Stock(True, on_hand, reserved, backorder)


def reserved_from(stock: Stock, qty: int) -> Stock:
    outcome = reserve(stock, qty)
    assert isinstance(outcome, Reservation)
    return outcome.stock


def test_placing_promises_units_without_taking_them_from_the_shelf() -> None:
    outcome = reserve(tracked(10), 4)

    assert outcome == Reservation(tracked(10, 4), units=4)
    assert reserved_from(tracked(10), 4).available == 6


def test_last_unit_can_be_promised_but_no_more() -> None:
    assert reserve(tracked(10, 6), 4) == Reservation(tracked(10, 10), units=4)
    assert reserve(tracked(10, 6), 5) == Shortage(requested=5, available=4)


def test_backorders_promise_what_is_not_there_yet() -> None:
    stock = reserved_from(tracked(2, backorder=True), 5)

    assert stock == tracked(2, 5, backorder=True)
    assert stock.available == -3


def test_untracked_product_is_always_there_and_reserves_nothing() -> None:
    assert reserve(UNTRACKED, 1_000_000) == Reservation(UNTRACKED, units=0)
    assert UNTRACKED.available is None


def test_rejected_or_cancelled_order_gives_its_units_back() -> None:
    assert release(tracked(10, 4), 4) == tracked(10, 0)


def test_fulfilled_order_takes_its_units_from_shelf_and_promise() -> None:
    assert consume(tracked(10, 4), 4) == tracked(6, 0)


def test_fulfilled_backorder_leaves_the_shelf_below_zero_until_goods_come_in() -> None:
    stock = consume(tracked(2, 5, backorder=True), 5)

    assert stock == tracked(-3, 0, backorder=True)
    assert adjust(stock, 3) == tracked(0, 0, backorder=True)


def test_shipping_more_than_was_counted_stops_at_zero_without_backorders() -> None:
    assert consume(tracked(2, 5), 5) == tracked(0, 0)


def test_switching_backorders_off_does_not_conjure_up_units() -> None:
    assert consume(tracked(-3, 2), 2) == tracked(-3, 0)


def test_order_placed_before_tracking_began_leaves_the_count_alone_when_fulfilled() -> None:
    placed = reserve(UNTRACKED, 7)
    assert isinstance(placed, Reservation)
    counted = set_on_hand(placed.stock, 20)
    assert isinstance(counted, Stock)

    assert consume(counted, placed.units) == tracked(20, 0)


def test_order_placed_before_tracking_ended_still_settles_its_units() -> None:
    no_longer_tracked = Stock(False, 10, 4, False)

    assert release(no_longer_tracked, 4) == Stock(False, 10, 0, False)
    assert consume(no_longer_tracked, 4) == Stock(False, 6, 0, False)


def test_first_count_switches_tracking_on() -> None:
    assert set_on_hand(UNTRACKED, 0) == tracked(0)


def test_count_keeps_what_is_promised() -> None:
    assert set_on_hand(tracked(10, 4), 7) == tracked(7, 4)


def test_count_below_what_is_promised_is_taken_as_the_truth_and_stops_new_orders() -> None:
    stock = set_on_hand(tracked(10, 8), 5)

    assert stock == tracked(5, 8)
    assert reserve(tracked(5, 8), 1) == Shortage(requested=1, available=-3)


def test_negative_count_is_refused() -> None:
    assert set_on_hand(tracked(10), -1) == BelowZero(-1)


def test_delta_moves_the_shelf() -> None:
    assert adjust(tracked(10, 4), -10) == tracked(0, 4)
    assert adjust(tracked(10, 4), 5) == tracked(15, 4)


def test_delta_to_below_zero_is_refused_with_the_figure_it_would_have_given() -> None:
    assert adjust(tracked(10), -11) == BelowZero(-1)
    assert adjust(tracked(10, backorder=True), -11) == BelowZero(-1)


def test_goods_coming_in_are_booked_even_if_backorders_still_outweigh_them() -> None:
    assert adjust(tracked(-5, backorder=True), 2) == tracked(-3, backorder=True)


def test_delta_does_not_switch_tracking_on() -> None:
    assert adjust(UNTRACKED, 5) == Stock(False, 5, 0, False)


@pytest.mark.parametrize("settle", [release, consume])
def test_settling_more_than_is_reserved_is_a_mistake(settle: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="5 units to give back, but only 4 reserved"):
        settle(tracked(10, 4), 5)


@pytest.mark.parametrize("operation", [reserve, release, consume])
def test_negative_units_are_a_mistake(operation: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="units must not be negative: -1"):
        operation(tracked(10, 4), -1)


@pytest.mark.parametrize(
    ("as_of", "stored", "stale"),
    [
        (99, 100, True),
        (100, 100, False),
        (101, 100, False),
        (None, 100, False),
        (99, None, False),
        (None, None, False),
    ],
)
def test_only_a_count_older_than_the_stored_one_is_stale(
    as_of: int | None, stored: int | None, stale: bool
) -> None:
    assert is_stale(as_of, stored) is stale


UNITS = st.integers(0, 12)


class AWarehouse(RuleBasedStateMachine):
    """Any sequence of orders on a tracked product, while goods come in but never get lost."""

    def __init__(self) -> None:
        super().__init__()
        self.stock = tracked(10)
        self.received = 10
        self.shipped = 0
        self.open_lines: list[int] = []

    @rule(qty=UNITS)
    def place(self, qty: int) -> None:
        outcome = reserve(self.stock, qty)
        if isinstance(outcome, Shortage):
            assert outcome == Shortage(qty, self.received - self.shipped - sum(self.open_lines))
            assert outcome.available < qty
            return
        self.stock = outcome.stock
        self.open_lines.append(outcome.units)

    @precondition(lambda self: self.open_lines)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.stock = release(self.stock, self._close_a_line(data))

    @precondition(lambda self: self.open_lines)
    @rule(data=st.data())
    def fulfill(self, data: st.DataObject) -> None:
        units = self._close_a_line(data)
        self.stock = consume(self.stock, units)
        self.shipped += units

    @rule(units=UNITS)
    def receive(self, units: int) -> None:
        outcome = adjust(self.stock, units)
        assert isinstance(outcome, Stock)
        self.stock = outcome
        self.received += units

    @invariant()
    def nothing_is_promised_twice(self) -> None:
        assert self.stock.available is not None
        assert self.stock.available >= 0

    @invariant()
    def figures_add_up(self) -> None:
        assert self.stock.reserved == sum(self.open_lines)
        assert self.stock.on_hand == self.received - self.shipped

    def _close_a_line(self, data: st.DataObject) -> int:
        return self.open_lines.pop(data.draw(st.integers(0, len(self.open_lines) - 1)))


TestAWarehouse = AWarehouse.TestCase


class ACorrectedWarehouse(RuleBasedStateMachine):
    """Orders mixed with counts, corrections and switches in any sequence, without backorders."""

    def __init__(self) -> None:
        super().__init__()
        self.stock = UNTRACKED
        self.open_lines: list[int] = []

    @rule(qty=UNITS)
    def place(self, qty: int) -> None:
        available = self.stock.available
        outcome = reserve(self.stock, qty)
        assert isinstance(outcome, Shortage) == (available is not None and qty > available)
        if isinstance(outcome, Reservation):
            self.stock = outcome.stock
            self.open_lines.append(outcome.units)

    @precondition(lambda self: self.open_lines)
    @rule(settle=st.sampled_from([release, consume]))
    def settle_the_oldest_line(self, settle: Callable[[Stock, int], Stock]) -> None:
        self.stock = settle(self.stock, self.open_lines.pop(0))

    @rule(correct=st.sampled_from([set_on_hand, adjust]), figure=st.integers(-12, 12))
    def correct(self, correct: Callable[[Stock, int], Stock | BelowZero], figure: int) -> None:
        outcome = correct(self.stock, figure)
        if isinstance(outcome, Stock):
            self.stock = outcome

    @rule(tracked=st.booleans())
    def switch_tracking(self, tracked: bool) -> None:
        self.stock = self.stock._replace(tracked=tracked)

    @invariant()
    def shelf_never_holds_less_than_nothing(self) -> None:
        assert self.stock.on_hand >= 0

    @invariant()
    def promises_are_those_of_the_open_lines(self) -> None:
        assert self.stock.reserved == sum(self.open_lines)


TestACorrectedWarehouse = ACorrectedWarehouse.TestCase
