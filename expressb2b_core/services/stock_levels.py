"""One stock level of a request: checked by itself, then judged against what is stored. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from expressb2b_core.errors import FieldError
from expressb2b_core.inputs.catalog import MAX_STOCK, StockLevel
from expressb2b_core.inputs.constraints import Problems
from expressb2b_core.inputs.records import examined
from expressb2b_core.rules import stock
from expressb2b_core.rules.stock import Stock
from expressb2b_core.services.bulk import duplicate, repeated


class CheckedLevel(NamedTuple):
    """One level. `sku` is None where that is what is wrong; with `errors`, nothing else counts."""

    sku: str | None
    level: StockLevel
    errors: Sequence[FieldError]


class Stored(NamedTuple):
    """The stock of a product as it is; `as_of` is when the last dated count was taken."""

    id: int
    figures: Stock
    as_of: int | None
    updated_at: int
    change: int


class Judged(NamedTuple):
    """What a level comes to; `stored` is None where there is no such product."""

    sku: str | None
    status: str
    errors: Sequence[FieldError]
    stored: Stored | None


def check_levels(records: Sequence[object], counted_at: int | None) -> list[CheckedLevel]:
    """Judge each level by itself, and refuse all that name the same SKU."""
    levels = [_checked(record, counted_at) for record in records]
    twice = repeated([level.sku for level in levels])
    return [
        level._replace(errors=[*level.errors, duplicate("sku")]) if level.sku in twice else level
        for level in levels
    ]


def judge(level: CheckedLevel, stored: Stored | None, counted_at: int | None) -> Judged:
    """What this level does to the stock; `stored` in the answer is the stock afterwards."""
    if level.errors:
        return Judged(level.sku, "failed", level.errors, None)
    if stored is None:
        error = FieldError("/sku", "unknown_sku", "there is no such product")
        return Judged(level.sku, "failed", [error], None)
    if stock.is_stale(counted_at, stored.as_of):
        return Judged(level.sku, "stale", (), stored)
    figures = _figures(level.level, stored.figures)
    if isinstance(figures, FieldError):
        return Judged(level.sku, "failed", [figures], stored)
    status = "unchanged" if figures == stored.figures else "updated"
    as_of = stored.as_of if counted_at is None else counted_at
    return Judged(level.sku, status, (), stored._replace(figures=figures, as_of=as_of))


def _checked(value: object, counted_at: int | None) -> CheckedLevel:
    problems: Problems = []
    level = examined(StockLevel, value, problems)
    if not problems:
        problems += _contradictions(level, counted_at)
    return CheckedLevel(level.get("sku"), level, problems)


def _contradictions(level: StockLevel, counted_at: int | None) -> list[FieldError]:
    if "on_hand" not in level and "delta" not in level:
        return [FieldError("/on_hand", "required", "give on_hand or delta")]
    if "on_hand" in level and "delta" in level:
        return [FieldError("/delta", "conflicting", "give either on_hand or delta, not both")]
    if "delta" in level and counted_at is not None:
        return [FieldError("/delta", "conflicting", "as_of goes with on_hand only")]
    return []


def _figures(level: StockLevel, figures: Stock) -> Stock | FieldError:
    pointer = "/on_hand" if "on_hand" in level else "/delta"
    if "on_hand" in level:
        changed = stock.set_on_hand(figures, level["on_hand"])
    else:
        changed = stock.adjust(figures, level["delta"])
    if isinstance(changed, stock.BelowZero):
        detail = f"on_hand would be {changed.on_hand}"
        return FieldError(pointer, "out_of_range", detail, {"on_hand": figures.on_hand})
    if changed.on_hand > MAX_STOCK:
        detail = f"on_hand would be above {MAX_STOCK}"
        return FieldError(pointer, "out_of_range", detail, {"on_hand": figures.on_hand})
    return changed
