"""Decides whether a product may be ordered in some quantity, and names the nearest ones that may.

Whether the value is an integer at all is the input's check, whether it is in stock is stock's.
"""

from typing import NamedTuple

MIN_QTY = 1
MAX_QTY = 1_000_000


class Nearest(NamedTuple):
    """The closest quantities below and above that can be ordered; None where there is none."""

    lower: int | None
    higher: int | None


def quantity_problem(qty: int, min_qty: int, multiple: int) -> Nearest | None:
    """Return None when `qty` can be ordered, otherwise the nearest quantities that can.

    It can when it is a multiple of `multiple` (1 or more), at least `min_qty` and within
    `MIN_QTY` and `MAX_QTY`, the limits of every order line. `min_qty` need not be a multiple
    itself: the smallest quantity is then the next multiple above it.
    """
    lowest = _round_up(max(min_qty, MIN_QTY), multiple)
    highest = MAX_QTY - MAX_QTY % multiple
    if lowest > highest:
        return Nearest(None, None)
    if qty < lowest:
        return Nearest(None, lowest)
    if qty > highest:
        return Nearest(highest, None)
    lower = qty - qty % multiple
    return None if lower == qty else Nearest(lower, lower + multiple)


def _round_up(qty: int, multiple: int) -> int:
    return -(-qty // multiple) * multiple
