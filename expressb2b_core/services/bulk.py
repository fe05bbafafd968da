"""What a bulk change answers: one result for each record, in the order sent, and their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from expressb2b_core.errors import FieldError, Figure, TooManyRecords, ValidationFailed
from expressb2b_core.services.documents import encode


class Result(Protocol):
    """What became of one record; `sku` is None where the record has no usable one."""

    @property
    def sku(self) -> str | None: ...

    @property
    def status(self) -> str:
        """`failed`, with errors that say why, or what the record came to."""

    @property
    def errors(self) -> Sequence[FieldError]:
        """What is wrong; pointers are relative to the record."""

    @property
    def figures(self) -> Mapping[str, Figure]:
        """What else stands in `data`."""


R = TypeVar("R", bound=Result)


@dataclass(frozen=True)
class BulkResult(Generic[R]):
    """The results of all records; iterating gives them in the order in which they were sent.

    `statuses` are those that `meta` counts.
    """

    rows: Sequence[R]
    statuses: Sequence[str] = field(repr=False)

    @cached_property
    def meta(self) -> dict[str, int]:
        """How many there are, and how many of each status."""
        counts = Counter([row.status for row in self.rows])
        return {"total": len(self.rows)} | {status: counts[status] for status in self.statuses}

    @property
    def failed(self) -> dict[int, R]:
        """The records that were refused, by their index."""
        return {index: row for index, row in enumerate(self.rows) if row.status == "failed"}

    def to_dict(self) -> dict[str, object]:
        """`data` and `meta` as plain values."""
        data = [_fields(index, row) for index, row in enumerate(self.rows)]
        return {"data": data, "meta": self.meta}

    @property
    def text(self) -> str:
        """The same as JSON, as the interface answers it."""
        # What nearly all rows of a large request look like is written in a third of the time.
        texts = [
            encode(_fields(index, row))
            if row.errors or row.figures
            else f'{{"index":{index},"sku":{encode(row.sku)},"status":"{row.status}","errors":[]}}'
            for index, row in enumerate(self.rows)
        ]
        return f'{{"data":[{",".join(texts)}],"meta":{encode(self.meta)}}}'

    def __iter__(self) -> Iterator[R]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> R:
        return self.rows[index]


def _fields(index: int, row: Result) -> dict[str, object]:
    return {
        "index": index,
        "sku": row.sku,
        "status": row.status,
        "errors": [error_fields(error) for error in row.errors],
        **row.figures,
    }


def records_of(value: object, name: str, limit: int) -> Sequence[object]:
    """The records of a bulk request.

    Raises:
        ValidationFailed: no list, or an empty one.
        TooManyRecords: more than `limit`.
    """
    if not isinstance(value, list | tuple):
        raise ValidationFailed([FieldError(f"/{name}", "wrong_type", f"{name} must be a list")])
    if len(value) > limit:
        raise TooManyRecords(len(value), limit)
    if not value:
        detail = f"{name} must have 1 to {limit} entries"
        raise ValidationFailed([FieldError(f"/{name}", "invalid_length", detail)])
    return value


def repeated(texts: Sequence[str | None]) -> set[str]:
    """Those that stand in a request more than once."""
    if len(set(texts)) == len(texts):
        return set()
    return {text for text, count in Counter(texts).items() if count > 1 and text is not None}


def duplicate(name: str) -> FieldError:
    """The error of every record whose `name` stands in the request more than once."""
    return FieldError(f"/{name}", "duplicate", f"this {name} stands in the request more than once")


def error_fields(error: FieldError) -> dict[str, object]:
    """One error as it stands in `errors`."""
    return {
        "pointer": error.pointer,
        "code": error.code,
        "detail": error.detail,
        **error.figures,
    }


def below(error: FieldError, pointer: str) -> FieldError:
    """The same error, seen from further up in the body."""
    return FieldError(pointer + error.pointer, error.code, error.detail, error.figures)
