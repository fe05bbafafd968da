"""Objects of several fields: a `TypedDict` whose annotations carry the constraints.

    class NewTier(TypedDict):
        name: Annotated[str, Text(1, 100), "What people call it."]

A field typed `… | None` takes null. A string in the annotation is its description.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Required, TypeVar, Union, get_args, get_origin, get_type_hints

from expressb2b_core.errors import FieldError, ValidationFailed
from expressb2b_core.inputs.constraints import Constraint, Problems, Schema, escape_pointer

R = TypeVar("R", bound=Mapping[str, object])


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of a record."""

    name: str
    pointer: str
    constraint: Constraint
    nullable: bool
    required: bool
    description: str


class Record(Constraint):
    """An object with the fields of a declaration, and no others."""

    def __init__(self, declaration: type) -> None:
        self.declaration = declaration

    # Not before it is needed: declarations name one another.
    @cached_property
    def fields(self) -> dict[str, FieldRule]:
        """The rules of all fields, by name, in the order they are declared."""
        return _rules(self.declaration)

    @cached_property
    def required(self) -> frozenset[str]:
        """The fields that may not be absent."""
        return frozenset(_required(self.declaration))

    def check(self, value: object, at: str, problems: Problems) -> dict[str, object] | None:
        # `dict` first: asking an abstract class costs more than checking a field.
        if not isinstance(value, (dict, Mapping)):
            problems.append(FieldError(at, "wrong_type", "an object is expected here"))
            return None
        rules = self.fields
        checked: dict[str, object] = {}
        for name, entry in value.items():
            rule = rules.get(name)
            if rule is None:
                problems.append(_unknown(f"{at}/{escape_pointer(str(name))}", "unknown_field"))
            elif entry is not None:
                checked[name] = rule.constraint.check(entry, at + rule.pointer, problems)
            elif rule.nullable:
                checked[name] = None
            else:
                problems.append(FieldError(f"{at}/{name}", "required", f"{name} cannot be null"))
        if not self.required <= value.keys():
            problems += [
                FieldError(f"{at}/{name}", "required", f"{name} is missing")
                for name in _required(self.declaration)
                if name not in value
            ]
        return checked

    def schema(self) -> Schema:
        properties = {rule.name: _field_schema(rule) for rule in self.fields.values()}
        found: Schema = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        if required := list(_required(self.declaration)):
            found["required"] = required
        if self.declaration.__doc__:
            found["description"] = " ".join(self.declaration.__doc__.split())
        return found


def checked(declaration: type[R], value: object) -> R:
    """A body or keyword arguments that keep a declaration.

    Raises:
        ValidationFailed: naming every field that needs attention.
    """
    problems: Problems = []
    found = examined(declaration, value, problems)
    if problems:
        raise ValidationFailed(problems)
    return found


def examined(declaration: type[R], value: object, problems: Problems) -> R:
    """What `checked` gives, with the errors appended to `problems`.

    Where there are some it keeps the declaration only in the fields that no error names.
    """
    return _record(declaration).check(value, "", problems) or {}  # type: ignore[return-value]


def read_query(declaration: type[R], pairs: list[tuple[str, str]]) -> R:
    """Query parameters that keep a declaration; each is text, and may be given once.

    Raises:
        ValidationFailed: naming every parameter that needs attention, as `?name`.
    """
    problems: Problems = []
    rules = _rules(declaration)
    found: dict[str, object] = {}
    for name, text in pairs:
        rule = rules.get(name)
        at = f"?{escape_pointer(name)}"
        if rule is None:
            problems.append(_unknown(at, "unknown_parameter"))
        elif name in found:
            problems.append(FieldError(at, "duplicate", f"{name} may be given once"))
        else:
            found[name] = rule.constraint.read(text, at, problems)
    for name in _required(declaration):
        if name not in found:
            problems.append(FieldError(f"?{name}", "required", f"{name} is missing"))
    if problems:
        raise ValidationFailed(problems)
    return found  # type: ignore[return-value]


def _unknown(at: str, code: str) -> FieldError:
    return FieldError(at, code, "there is no such " + code.removeprefix("unknown_"))


_record = cache(Record)


@cache
def _required(declaration: type) -> tuple[str, ...]:
    return tuple(rule.name for rule in _rules(declaration).values() if rule.required)


@cache
def _rules(declaration: type) -> dict[str, FieldRule]:
    hints = get_type_hints(declaration, include_extras=True)
    # With postponed annotations this knows of `total` only, not of `Required` and `NotRequired`.
    total = typing.cast("frozenset[str]", declaration.__required_keys__)  # type: ignore[attr-defined]
    return {name: _rule(name, hint, name in total) for name, hint in hints.items()}


def _rule(name: str, hint: object, required: bool) -> FieldRule:
    while get_origin(hint) is not Annotated:
        required = get_origin(hint) is Required
        hint = get_args(hint)[0]
    kind, *notes = get_args(hint)
    constraint = next(note for note in notes if isinstance(note, Constraint))
    description = next((note for note in notes if isinstance(note, str)), "")
    nullable = get_origin(kind) in (Union, types.UnionType) and type(None) in get_args(kind)
    return FieldRule(name, f"/{name}", constraint, nullable, required, description)


def _field_schema(rule: FieldRule) -> Schema:
    found = dict(rule.constraint.schema())
    if rule.nullable:
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*typing.cast("list[object]", found["enum"]), None]
    if rule.description:
        found["description"] = rule.description
    return found
