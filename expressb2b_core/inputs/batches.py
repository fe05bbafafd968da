"""Many values at once: a request with hundreds of records is mostly right, and then soon checked.

All values of a field are looked at together, in loops that run inside the interpreter: a tenth of
the work of looking at each. Whoever is not accepted here is not refused: `check` goes on to tell
the records apart, and what is wrong with which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from expressb2b_core.inputs.constraints import (
    Choice,
    Constraint,
    Flag,
    ListOf,
    Problems,
    ShortTexts,
    Text,
    UnitPrice,
    Uuid,
    Whole,
    is_id,
    is_storable,
)
from expressb2b_core.inputs.records import FieldRule, R, Record, examined

_PRICES = re.compile(r"(?:[0-9]{1,10}(?:\.[0-9]{1,4})?\n)*", re.ASCII)


def examined_all(
    declaration: type[R], values: Sequence[object]
) -> tuple[Sequence[R], dict[int, Problems]]:
    """What `examined` gives for each of these, and the errors of those that have some, by place.

    Prices come as they were written, `2.5` for `2.50`, where nothing is wrong.
    """
    if accepted(Record(declaration), values):
        return values, {}  # type: ignore[return-value]
    problems: list[Problems] = [[] for _ in values]
    found = [examined(declaration, value, own) for value, own in zip(values, problems, strict=True)]
    return found, {place: own for place, own in enumerate(problems) if own}


def accepted(constraint: Constraint, values: Sequence[object]) -> bool:
    """Whether all of these are right, and mean as they are what `check` would make of them."""
    accepts = _ACCEPTS.get(type(constraint))
    return not values or (accepts is not None and accepts(constraint, values))


def _texts(text: Text, values: Sequence[Any]) -> bool:
    if not _are(values, str):
        return False
    lengths = set(map(len, values))
    if min(lengths) < text.least or max(lengths) > text.most:
        return False
    together = "".join(values)
    if not together.isprintable() and not is_storable(together):
        return False
    if text.trimmed and [*map(str.strip, values)] != [*values]:
        return False
    return text.pattern is None or all(map(text.pattern.fullmatch, values))


def _wholes(whole: Whole, values: Sequence[Any]) -> bool:
    return _are(values, int) and whole.least <= min(values) and max(values) <= whole.most


def _uuids(uuid: Uuid, values: Sequence[Any]) -> bool:
    return _are(values, str) and all(map(is_id, values))


def _choices(choice: Choice, values: Sequence[Any]) -> bool:
    return _are(values, str) and set(values) <= set(choice.words)


def _flags(flag: Flag, values: Sequence[object]) -> bool:
    return _are(values, bool)


def _unit_prices(price: UnitPrice, values: Sequence[Any]) -> bool:
    if not _are(values, str):
        return False
    lines = "\n".join(values) + "\n"
    return _PRICES.fullmatch(lines) is not None and lines.count("\n") == len(values)


def _short_texts(texts: ShortTexts, values: Sequence[Any]) -> bool:
    return (
        _are(values, dict)
        and max(map(len, values)) <= texts.most
        and accepted(texts.key, list(chain.from_iterable(values)))
        and accepted(texts.value, [text for pairs in values for text in pairs.values()])
    )


def _lists(of: ListOf, values: Sequence[Any]) -> bool:
    return (
        _are(values, list)
        and of.unique is None
        and of.least <= min(map(len, values))
        and max(map(len, values)) <= of.most
        and accepted(of.item, list(chain.from_iterable(values)))
    )


def _records(record: Record, values: Sequence[Any]) -> bool:
    if not _are(values, dict):
        return False
    names = set().union(*values)
    if not record.required <= names <= record.fields.keys():
        return False
    columns = {name: [value[name] for value in values if name in value] for name in names}
    return all(len(columns[name]) == len(values) for name in record.required) and all(
        _field(record.fields[name], column) for name, column in columns.items()
    )


def _field(rule: FieldRule, values: Sequence[object]) -> bool:
    if rule.nullable and None in values:
        values = [value for value in values if value is not None]
    return accepted(rule.constraint, values)


def _are(values: Sequence[object], kind: type) -> bool:
    """Exactly of this type: a flag is no number, and whoever derives from text may mean more."""
    return set(map(type, values)) == {kind}


_ACCEPTS: dict[type[Constraint], Callable[[Any, Sequence[object]], bool]] = {
    Text: _texts,
    Uuid: _uuids,
    Whole: _wholes,
    Choice: _choices,
    Flag: _flags,
    UnitPrice: _unit_prices,
    ShortTexts: _short_texts,
    ListOf: _lists,
    Record: _records,
}
