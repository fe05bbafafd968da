"""The picture of the last days' orders: where its bars stand. The template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from expressb2b_core.services.overview import Day
from expressb2b_server.panel.presentation import counted, day, money

WIDTH = 620
HEIGHT = 120
_GAP = 4
_LEAST_HEIGHT = 2


class Bar(NamedTuple):
    """One day."""

    x: int
    y: int
    width: int
    height: int
    words: str
    is_weekend: bool


class Chart(NamedTuple):
    """All bars, and the same in a sentence."""

    bars: Sequence[Bar]
    words: str
    first: str
    last: str
    highest: int


def draw(days: Sequence[Day], total: str, currency: str) -> Chart:
    """The chart of these days, oldest first."""
    highest = max((one.orders for one in days), default=0)
    pitch = WIDTH // max(1, len(days))
    bars = [
        _bar(one, index * pitch, pitch - _GAP, highest, currency) for index, one in enumerate(days)
    ]
    return Chart(
        bars,
        _words(days, total, currency),
        day(days[0].starts_at),
        day(days[-1].starts_at),
        highest,
    )


def _bar(one: Day, x: int, width: int, highest: int, currency: str) -> Bar:
    height = HEIGHT * one.orders // highest if one.orders else 0
    height = max(height, _LEAST_HEIGHT)
    words = f"{day(one.starts_at)}: {counted(one.orders, 'order')}, {money(one.total, currency)}"
    # 1 January 1970 was a Thursday.
    is_weekend = (one.starts_at // 86_400 + 3) % 7 >= 5
    return Bar(x, HEIGHT - height, width, height, words, is_weekend)


def _words(days: Sequence[Day], total: str, currency: str) -> str:
    orders = sum(one.orders for one in days)
    if not orders:
        return f"No orders in the last {len(days)} days."
    best = max(days, key=lambda one: one.orders)
    return (
        f"{counted(orders, 'order')} in the last {len(days)} days, {money(total, currency)} "
        f"together. The most on one day: {best.orders:,}, on {day(best.starts_at)}."
    )
