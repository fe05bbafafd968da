"""Decides which price an order line gets, and why every other price did not win.

Which rows are looked at (product, currency, the ordering account and its tier, rows as they stood
at some past moment) is the caller's choice; so are line totals, which belong to the money module.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

Source = Literal["account", "tier", "base"]
Verdict = Literal["won", "outranked", "qty_too_low", "not_yet_valid", "expired"]

_PRECEDENCE: dict[Source, int] = {"account": 0, "tier": 1, "base": 2}

# Sorts before every moment that can be written down, so that a row without a start is the earliest.
_BEFORE_ALL_TIMES = -(1 << 63)


class PriceRow(NamedTuple):
    """One price of one product; `tier` and `billing_account_id` are never both set.

    With neither it is the base price. `price` is in ten-thousandths of the currency unit. The row
    is valid in the half-open window `[valid_from, valid_to)` of epoch seconds; None leaves that
    side open.
    """

    id: int
    tier: str | None
    billing_account_id: str | None
    price: int
    min_qty: int
    valid_from: int | None
    valid_to: int | None

    @property
    def source(self) -> Source:
        if self.billing_account_id is not None:
            return "account"
        return "base" if self.tier is None else "tier"


class Candidate(NamedTuple):
    """A price row that was considered, and what became of it."""

    row: PriceRow
    source: Source
    verdict: Verdict


class Decision(NamedTuple):
    """The winning row, if any, with every candidate: the winner first, then by precedence."""

    winner: PriceRow | None
    candidates: tuple[Candidate, ...]


def winner(rows: Sequence[PriceRow], qty: int, at: int) -> PriceRow | None:
    """Return the row that prices `qty` units at the moment `at`, or None when no row does.

    The account's own price goes before its tier's, and that before the base price. Within one of
    these the largest `min_qty` within `qty` wins, then the latest start, then the lowest id. How
    cheap a row is plays no part: a negotiated price is an agreement, not an offer.
    """
    in_force = [row for row in rows if _obstacle(row, qty, at) is None]
    return min(in_force, key=_rank, default=None)


def choose(rows: Sequence[PriceRow], qty: int, at: int) -> Decision:
    """Return what `winner` returns, together with the verdict on each of `rows`.

    A row that is outside its window is reported as such even if the quantity is too low as well.
    """
    won = winner(rows, qty, at)
    ordered = sorted(rows, key=lambda row: (row is not won, _rank(row)))
    return Decision(won, tuple(_candidate(row, won, qty, at) for row in ordered))


def base_price(rows: Sequence[PriceRow], qty: int, at: int) -> int | None:
    """Return the base price in force in ten-thousandths, which negotiated prices are shown beside.

    None when the product has no base price at that moment.
    """
    row = winner([row for row in rows if row.source == "base"], qty, at)
    return None if row is None else row.price


def _candidate(row: PriceRow, won: PriceRow | None, qty: int, at: int) -> Candidate:
    if row is won:
        return Candidate(row, row.source, "won")
    return Candidate(row, row.source, _obstacle(row, qty, at) or "outranked")


def _obstacle(row: PriceRow, qty: int, at: int) -> Verdict | None:
    # "expired" is asked first: a row closed before it ever began will not become valid any more.
    if row.valid_to is not None and at >= row.valid_to:
        return "expired"
    if row.valid_from is not None and at < row.valid_from:
        return "not_yet_valid"
    if qty < row.min_qty:
        return "qty_too_low"
    return None


def _rank(row: PriceRow) -> tuple[int, int, int, int]:
    starts_at = _BEFORE_ALL_TIMES if row.valid_from is None else row.valid_from
    return _PRECEDENCE[row.source], -row.min_qty, -starts_at, row.id
