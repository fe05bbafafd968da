"""Reserves, releases, consumes and corrects the stock of one product.

Every function takes the figures and returns new ones, or a value that says why it refuses. Reading
and storing them so that two orders never take the same unit is the caller's transaction.

A line remembers how many units were really reserved for it, which is none while the product was
not tracked. Releasing and consuming go by that number, never by the quantity ordered, so figures
stay right when tracking is switched on or off while an order is under way.
"""

from typing import NamedTuple


class Stock(NamedTuple):
    """The stock of one product in units; figures of an untracked product bind nobody.

    `on_hand` is what lies in the warehouse, `reserved` the part of it promised to open orders.
    """

    tracked: bool
    on_hand: int
    reserved: int
    allow_backorder: bool

    @property
    def available(self) -> int | None:
        """What can still be promised; None (no limit is known) while the stock is not tracked.

        Negative when more is promised than there is: by backorders, or because a count turned out
        lower than what had been reserved.
        """
        return self.on_hand - self.reserved if self.tracked else None


UNTRACKED = Stock(tracked=False, on_hand=0, reserved=0, allow_backorder=False)


class Reservation(NamedTuple):
    """The new figures, and the units really reserved, to be stored with the order line."""

    stock: Stock
    units: int


class Shortage(NamedTuple):
    """Refused: fewer units are available than requested, and there are no backorders."""

    requested: int
    available: int


class BelowZero(NamedTuple):
    """Refused: `on_hand` would have become this negative figure."""

    on_hand: int


def reserve(stock: Stock, qty: int) -> Reservation | Shortage:
    """Promise `qty` units to an order line.

    Untracked stock is left as it is and reserves no units. With backorders any quantity goes.

    Raises:
        ValueError: `qty` is negative.
    """
    _refuse_negative(qty)
    available = stock.available
    if available is None:
        return Reservation(stock, 0)
    if qty > available and not stock.allow_backorder:
        return Shortage(requested=qty, available=available)
    return Reservation(stock._replace(reserved=stock.reserved + qty), qty)


def release(stock: Stock, units: int) -> Stock:
    """Give back the units that a rejected or cancelled line had reserved.

    Raises:
        ValueError: `units` is negative or more than is reserved.
    """
    _refuse_negative(units)
    if units > stock.reserved:
        raise ValueError(f"{units} units to give back, but only {stock.reserved} reserved")
    return stock._replace(reserved=stock.reserved - units)


def consume(stock: Stock, units: int) -> Stock:
    """Take the units that a fulfilled line had reserved out of the warehouse.

    That goods have left is a fact and is never refused. With backorders `on_hand` may go below
    zero, until the delivery they were owed from is booked. Without them it stops at zero: having
    shipped more than was counted proves only that the count was too low.

    Raises:
        ValueError: `units` is negative or more than is reserved.
    """
    released = release(stock, units)
    left = stock.on_hand - units
    if not stock.allow_backorder:
        # A figure already negative, from before backorders were switched off, is not raised.
        left = max(left, min(stock.on_hand, 0))
    return released._replace(on_hand=left)


def set_on_hand(stock: Stock, on_hand: int) -> Stock | BelowZero:
    """Replace `on_hand` by a fresh count, which switches tracking on.

    A count below what is reserved is accepted, being the truth; nothing more can then be reserved.
    """
    if on_hand < 0:
        return BelowZero(on_hand)
    return stock._replace(on_hand=on_hand, tracked=True)


def adjust(stock: Stock, delta: int) -> Stock | BelowZero:
    """Change `on_hand` by `delta`; whether the stock is tracked stays as it is.

    Refused when it takes `on_hand` below zero. Adding never is, not even to a figure that
    backorders made so negative that it stays so.
    """
    on_hand = stock.on_hand + delta
    if delta < 0 and on_hand < 0:
        return BelowZero(on_hand)
    return stock._replace(on_hand=on_hand)


def is_stale(as_of: int | None, stored_as_of: int | None) -> bool:
    """Tell whether a count taken at `as_of` is older than the one stored (epoch seconds).

    A count of the same second is not, and neither is one if either time is unknown.
    """
    return as_of is not None and stored_as_of is not None and as_of < stored_as_of


def _refuse_negative(units: int) -> None:
    if units < 0:
        raise ValueError(f"units must not be negative: {units}")
