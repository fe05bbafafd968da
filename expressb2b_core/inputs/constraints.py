"""What a single value may be: checked, read from query text, and described as JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from expressb2b_core import money
from expressb2b_core.errors import FieldError
from expressb2b_core.inputs import moments

Schema = dict[str, object]
Problems = list[FieldError]

_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_DIGITS = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def escape_pointer(token: str) -> str:
    """A member name as a JSON Pointer token (RFC 6901), printable whatever the client sent."""
    shown = token[:100].encode("utf-8", "replace").decode().replace("\x00", "�")
    return shown.replace("~", "~0").replace("/", "~1")


def is_id(text: str) -> bool:
    """Tell whether this could be an id: what could not is absent, whatever the database holds."""
    return _UUID.fullmatch(text) is not None


def is_storable(text: str) -> bool:
    """Tell whether a database can be asked for this text: no U+0000, no lone surrogates."""
    return _FORBIDDEN.search(text) is None


class Constraint:
    """What one field may hold.

    `check` returns the value, made uniform where two spellings mean the same, or appends to
    `problems` and returns None. `read` does the same for the text of a query parameter.
    """

    def check(self, value: object, at: str, problems: Problems) -> object:
        raise NotImplementedError

    def read(self, text: str, at: str, problems: Problems) -> object:
        return self.check(text, at, problems)

    def schema(self) -> Schema:
        raise NotImplementedError


class Text(Constraint):
    """A string of so many characters; U+0000 and lone surrogates are refused."""

    def __init__(
        self,
        least: int = 1,
        most: int = 200,
        *,
        trimmed: bool = False,
        pattern: str | None = None,
        hint: str = "",
        example: str = "",
    ) -> None:
        self.least = least
        self.most = most
        self.trimmed = trimmed
        self.pattern = re.compile(pattern, re.ASCII) if pattern else None
        self.hint = hint
        self.example = example

    def check(self, value: object, at: str, problems: Problems) -> str | None:
        if not isinstance(value, str):
            problems.append(FieldError(at, "wrong_type", f"{_name(at)} must be a string"))
            return None
        problem = self._problem(value)
        if problem is not None:
            problems.append(FieldError(at, problem[0], f"{_name(at)} {problem[1]}"))
            return None
        return value

    def _problem(self, value: str) -> tuple[str, str] | None:
        if not self.least <= len(value) <= self.most:
            return "invalid_length", f"must have {self.least} to {self.most} characters"
        if not value.isprintable() and _FORBIDDEN.search(value):
            return "invalid_character", "contains a character that cannot be stored"
        if self.trimmed and value != value.strip():
            return "invalid_format", "must not begin or end with space"
        if self.pattern is not None and not self.pattern.fullmatch(value):
            return "invalid_format", self.hint
        return None

    def schema(self) -> Schema:
        found: Schema = {"type": "string", "minLength": self.least, "maxLength": self.most}
        if self.pattern is not None:
            found["pattern"] = f"^{self.pattern.pattern}$"
        elif self.trimmed:
            found["pattern"] = r"^\S(.*\S)?$"
        if self.example:
            found["examples"] = [self.example]
        return found


class Uuid(Constraint):
    """An id as this interface gives them: lower-case UUID text."""

    def check(self, value: object, at: str, problems: Problems) -> str | None:
        if isinstance(value, str) and _UUID.fullmatch(value):
            return value
        problems.append(FieldError(at, "invalid_format", f"{_name(at)} must be an id (a UUID)"))
        return None

    def schema(self) -> Schema:
        return {
            "type": "string",
            "format": "uuid",
            "pattern": f"^{_UUID.pattern}$",
            "examples": ["01936a11-8d3f-7c0e-b541-94e1c73b2f8a"],
        }


class Whole(Constraint):
    """An integer within bounds; `true` and `1.0` are none."""

    def __init__(self, least: int, most: int, *, example: int | None = None) -> None:
        self.least = least
        self.most = most
        self.example = example

    def check(self, value: object, at: str, problems: Problems) -> int | None:
        if type(value) is not int:
            problems.append(FieldError(at, "wrong_type", f"{_name(at)} must be an integer"))
            return None
        if value < self.least:
            detail = f"{_name(at)} must be at least {self.least}"
        elif value > self.most:
            detail = f"{_name(at)} must be at most {self.most}"
        else:
            return value
        problems.append(FieldError(at, "out_of_range", detail))
        return None

    def read(self, text: str, at: str, problems: Problems) -> int | None:
        return self.check(int(text) if _DIGITS.fullmatch(text) else text, at, problems)

    def schema(self) -> Schema:
        found: Schema = {"type": "integer", "minimum": self.least, "maximum": self.most}
        if self.example is not None:
            found["examples"] = [self.example]
        return found


class Flag(Constraint):
    """`true` or `false`."""

    def check(self, value: object, at: str, problems: Problems) -> bool | None:
        if isinstance(value, bool):
            return value
        problems.append(FieldError(at, "wrong_type", f"{_name(at)} must be true or false"))
        return None

    def read(self, text: str, at: str, problems: Problems) -> bool | None:
        return self.check({"true": True, "false": False}.get(text, text), at, problems)

    def schema(self) -> Schema:
        return {"type": "boolean"}


class Choice(Constraint):
    """One of these words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def check(self, value: object, at: str, problems: Problems) -> str | None:
        if isinstance(value, str) and value in self.words:
            return value
        wanted = ", ".join(self.words)
        problems.append(FieldError(at, "invalid_choice", f"{_name(at)} must be one of: {wanted}"))
        return None

    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.words)}


class Choices(Constraint):
    """One or more of these words, separated by commas; from Python also a list of them."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def check(self, value: object, at: str, problems: Problems) -> tuple[str, ...] | None:
        asked = value.split(",") if isinstance(value, str) else value
        if isinstance(asked, Sequence) and asked and all(word in self.words for word in asked):
            return tuple(sorted(set(asked)))
        wanted = ", ".join(self.words)
        detail = f"{_name(at)} must be one or more of, separated by commas: {wanted}"
        problems.append(FieldError(at, "invalid_choice", detail))
        return None

    def schema(self) -> Schema:
        one = "|".join(re.escape(word) for word in self.words)
        return {
            "type": "string",
            "pattern": f"^({one})(,({one}))*$",
            "examples": [",".join(self.words[:2])],
        }


class UnitPrice(Constraint):
    """A price for one unit, as a decimal string with at most 4 decimals."""

    def check(self, value: object, at: str, problems: Problems) -> str | None:
        try:
            return money.unit_price_text(money.unit_price(value))
        except ValueError as error:
            problems.append(FieldError(at, "invalid_money", f"{_name(at)}: {error}"))
            return None

    def schema(self) -> Schema:
        return {
            "type": "string",
            "pattern": r"^[0-9]{1,10}(\.[0-9]{1,4})?$",
            "examples": ["38.50"],
        }


class Amount(Constraint):
    """An amount of money as a decimal string; the currency decides how many decimals it has."""

    def __init__(self, *, signed: bool = False) -> None:
        self.signed = signed

    def check(self, value: object, at: str, problems: Problems) -> str | None:
        try:
            below_zero = money.amount(value, 4) < 0
        except ValueError as error:
            problems.append(FieldError(at, "invalid_money", f"{_name(at)}: {error}"))
            return None
        if below_zero and not self.signed:
            problems.append(FieldError(at, "out_of_range", f"{_name(at)} cannot be below zero"))
            return None
        return format(value, "f") if isinstance(value, Decimal) else str(value)

    def schema(self) -> Schema:
        sign = "-?" if self.signed else ""
        return {
            "type": "string",
            "pattern": rf"^{sign}[0-9]{{1,10}}(\.[0-9]{{1,4}})?$",
            "examples": ["12.00"],
        }


class Moment(Constraint):
    """A point in time (RFC 3339 with a zone); from Python also an aware `datetime`."""

    def check(self, value: object, at: str, problems: Problems) -> str | None:
        try:
            if isinstance(value, datetime):
                return moments.text(moments.from_datetime(value))
            if isinstance(value, str):
                return moments.text(moments.parse(value))
        except ValueError as error:
            problems.append(FieldError(at, "invalid_time", f"{_name(at)}: {error}"))
            return None
        problems.append(FieldError(at, "wrong_type", f"{_name(at)} must be a time"))
        return None

    def schema(self) -> Schema:
        return {
            "type": "string",
            "format": "date-time",
            "examples": ["2026-03-15T14:32:07Z"],
        }


class Bound(Constraint):
    """One end of a range of time: a moment, or a bare date (UTC).

    As an end (`closing`) a bare date includes that day. The value is uniform moment text.
    """

    def __init__(self, *, closing: bool = False) -> None:
        self.closing = closing

    def check(self, value: object, at: str, problems: Problems) -> str | None:
        try:
            if isinstance(value, datetime):
                return moments.text(moments.from_datetime(value))
            text = value.isoformat() if isinstance(value, date) else value
            if isinstance(text, str):
                return moments.bound_text(text, closing=self.closing)
        except ValueError as error:
            problems.append(FieldError(at, "invalid_time", f"{_name(at)}: {error}"))
            return None
        problems.append(FieldError(at, "wrong_type", f"{_name(at)} must be a time or a date"))
        return None

    def schema(self) -> Schema:
        return {
            "type": "string",
            "anyOf": [{"format": "date-time"}, {"format": "date"}],
            "examples": ["2026-03-15", "2026-03-15T14:32:07Z"],
        }


class ListOf(Constraint):
    """A list of so many entries, each of them checked; `unique` names what may not repeat."""

    def __init__(
        self,
        item: Constraint,
        least: int,
        most: int,
        *,
        unique: Callable[[object], object] | None = None,
    ) -> None:
        self.item = item
        self.least = least
        self.most = most
        self.unique = unique

    def check(self, value: object, at: str, problems: Problems) -> list[object] | None:
        if not isinstance(value, (list, tuple)):
            problems.append(FieldError(at, "wrong_type", f"{_name(at)} must be a list"))
            return None
        if not self.least <= len(value) <= self.most:
            detail = f"{_name(at)} must have {self.least} to {self.most} entries"
            problems.append(FieldError(at, "invalid_length", detail))
            return None
        before = len(problems)
        checked = [
            self.item.check(entry, f"{at}/{index}", problems) for index, entry in enumerate(value)
        ]
        if len(problems) == before and self.unique is not None:
            self._find_repeats(checked, at, problems)
        return checked

    def _find_repeats(self, checked: Sequence[object], at: str, problems: Problems) -> None:
        assert self.unique is not None
        seen: dict[object, int] = {}
        for index, entry in enumerate(checked):
            first = seen.setdefault(self.unique(entry), index)
            if first != index:
                detail = f"the same as {_name(at)} entry {first}"
                problems.append(FieldError(f"{at}/{index}", "duplicate", detail))

    def schema(self) -> Schema:
        found: Schema = {"type": "array", "items": self.item.schema(), "maxItems": self.most}
        if self.least:
            found["minItems"] = self.least
        return found


class ShortTexts(Constraint):
    """Free pairs of names and strings, kept for the client (`metadata`)."""

    def __init__(self, most: int = 50, key_length: int = 40, value_length: int = 500) -> None:
        self.most = most
        self.key = Text(1, key_length)
        self.value = Text(0, value_length)

    def check(self, value: object, at: str, problems: Problems) -> dict[str, str] | None:
        if not isinstance(value, (dict, Mapping)):
            problems.append(FieldError(at, "wrong_type", f"{_name(at)} must be an object"))
            return None
        if len(value) > self.most:
            detail = f"{_name(at)} must have at most {self.most} entries"
            problems.append(FieldError(at, "invalid_length", detail))
            return None
        before = len(problems)
        for name, text in value.items():
            pointer = f"{at}/{escape_pointer(str(name))}"
            self.key.check(name, pointer, problems)
            self.value.check(text, pointer, problems)
        return dict(value) if len(problems) == before else None

    def schema(self) -> Schema:
        return {
            "type": "object",
            "maxProperties": self.most,
            "propertyNames": self.key.schema(),
            "additionalProperties": self.value.schema(),
            "examples": [{"source": "erp"}],
        }


def _name(at: str) -> str:
    return at.rpartition("/")[2].lstrip("?") or "the body"
