"""What a browser sent in a form, and what was wrong with it.

Fields are named like the fields of the inputs, nested ones with slashes (`approval/levels/0/name`),
so that the pointer of an error leads to the field it is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from expressb2b_core.errors import (
    AlreadyExists,
    ExpressB2BError,
    FieldError,
    PriceChanged,
    ValidationFailed,
)

FORM = "form"
"""The hidden field that tells the forms of a page apart."""
TOKEN = "token"  # noqa: S105 - the name of the field
ETAG = "etag"
"""The hidden field with the entity tag of what was shown, so that nothing newer is overwritten."""

_MOST_DIGITS = 19

Values = Mapping[str, Sequence[str]]


class Upload(NamedTuple):
    """A file that was chosen in a form."""

    name: str
    content: bytes


class Form:
    """The fields of one form: as they were sent, or empty while nothing was sent.

    Showing it asks for `value` and `error`; acting on it for `text`, `optional`, `whole`, `flag`
    and `many`, which leave every judgement to the inputs.
    """

    def __init__(
        self, values: Values | None = None, files: Mapping[str, Upload] | None = None
    ) -> None:
        self._values: Values = values or {}
        self._files: Mapping[str, Upload] = files or {}
        self.is_posted = values is not None
        self.errors: list[FieldError] = []
        self.message = ""

    @property
    def name(self) -> str:
        """Which of the forms of its page this is."""
        return self.text(FORM)

    def named(self, name: str) -> Form:
        """This form if it is the one of that name, else an empty one."""
        return self if self.name == name else _Named(name)

    def refuse(self, error: ExpressB2BError) -> None:
        """Remember what was wrong, to show it."""
        self.message = error.detail
        if isinstance(error, ValidationFailed | PriceChanged):
            self.errors = list(error.errors)
        elif isinstance(error, AlreadyExists):
            self.errors = [FieldError(f"/{error.field_name}", error.code, error.detail)]

    @property
    def all_values(self) -> Values:
        """Every field that was sent."""
        return self._values

    # Showing

    def value(self, field: str, default: object = None) -> str:
        """What to show in a field."""
        if self.is_posted:
            return self.text(field)
        return "" if default is None else str(default)

    def is_chosen(self, field: str, choice: str, default: bool = False) -> bool:
        """Whether to show a box as ticked, an option as chosen."""
        return choice in self._values.get(field, ()) if self.is_posted else default

    def error(self, field: str) -> str:
        """What is wrong with a field or something inside it; empty when nothing is."""
        pointer = f"/{field}"
        found = [
            spoken(error)
            for error in self.errors
            if error.pointer.replace("?", "/") == pointer or error.pointer.startswith(f"{pointer}/")
        ]
        return "; ".join(found)

    def field_id(self, field: str) -> str:
        """The id of a field in the page."""
        return f"{self.name or 'form'}-{field}".replace("/", "-")

    # Acting

    def text(self, field: str) -> str:
        """What was typed, with line ends as everywhere else; empty when nothing was."""
        found = self._values.get(field, ())
        return found[0].replace("\r\n", "\n") if found else ""

    def optional(self, field: str) -> str | None:
        """What was typed, None for nothing."""
        return self.text(field).strip() or None

    def whole(self, field: str) -> int | None:
        """A number, None for nothing.

        Text that is no number is handed on as it is: the inputs refuse it together with
        everything else that is wrong, and name the field.
        """
        text = self.text(field).strip()
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) < _MOST_DIGITS:
            return int(text)
        return cast("int", text) if text else None

    def flag(self, field: str) -> bool:
        """Whether a box was ticked."""
        return bool(self._values.get(field))

    def many(self, field: str) -> list[str]:
        """The boxes that were ticked."""
        return [value for value in self._values.get(field, ()) if value]

    def count(self, field: str) -> int:
        """How many entries a list of fieldsets had: `levels/0/…`, `levels/1/…`."""
        prefix = f"{field}/"
        indexes = [
            int(name[len(prefix) :].partition("/")[0])
            for name in self._values
            if name.startswith(prefix) and name[len(prefix) :].partition("/")[0].isdigit()
        ]
        return min(max(indexes, default=-1) + 1, 100)

    def file(self, field: str) -> Upload | None:
        """A file that was chosen."""
        return self._files.get(field)

    @property
    def if_match(self) -> frozenset[str] | None:
        """What the change was decided on; None where the form does not say."""
        tag = self.text(ETAG)
        return frozenset({tag}) if tag else None


class _Named(Form):
    """A form of a page that another form of was sent."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    @property
    def name(self) -> str:
        return self._name


def spoken(error: FieldError) -> str:
    """An error as a sentence: fields by their words, not by their names."""
    field = error.pointer.rpartition("/")[2].lstrip("?")
    detail = error.detail
    if field and field in detail:
        detail = detail.replace(field, field.replace("_", " "))
    return detail[:1].upper() + detail[1:]
