"""JSON Schema in words: the type of a field, and the fields of an object as rows of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Schema = Mapping[str, Any]

_FORMATS = {"uuid": "id", "date-time": "time", "date": "date", "uri": "URL"}
_MONEY = ("^[0-9]", "^-?[0-9]")
_CHOICES = re.compile(r"\^\(([^()]+)\)\(,\(\1\)\)\*\$")
_WHAT_SAYS_NOTHING = ("UTC, to the second.", "2 to 4 decimals.")


class Field(NamedTuple):
    """One field: its path from the outermost object, what it may hold, what it means."""

    path: str
    kind: str
    required: bool
    said: str


def resolved(schema: Schema, components: Schema) -> Schema:
    """The schema, or the component it refers to."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Schema = components["schemas"][reference.rpartition("/")[2]]
    return found


def component(schema: Schema) -> str | None:
    """The name of the component that a schema refers to."""
    reference = schema.get("$ref")
    return None if reference is None else str(reference).rpartition("/")[2]


def fields(
    schema: Schema, components: Schema, path: str = "", stop: Sequence[str] = ()
) -> Iterator[Field]:
    """All fields of an object, nested ones below theirs; `stop` names components to leave out."""
    for name, given in schema.get("properties", {}).items():
        own = resolved(given, components)
        at = f"{path}{name}"
        said = given.get("description") or ("" if component(given) else own.get("description", ""))
        required = name in schema.get("required", ())
        yield Field(at, kind(own, components), required, _said(said))
        if component(given) in stop:
            continue
        inner = resolved(own.get("items", {}), components)
        if inner.get("properties"):
            yield from fields(inner, components, f"{at}[].", stop)
        elif own.get("properties"):
            yield from fields(own, components, f"{at}.", stop)


def kind(schema: Schema, components: Schema) -> str:
    """What a value may be, such as `integer 1–100 or null`."""
    types = schema.get("type", "object")
    names = [types] if isinstance(types, str) else list(types)
    nullable = "null" in names
    name = next((one for one in names if one != "null"), "null")
    found = _kind(name, schema, components)
    return f"{found} or null" if nullable else found


def _kind(name: str, schema: Schema, components: Schema) -> str:
    if "enum" in schema:
        return " · ".join(f"`{word}`" for word in schema["enum"] if word is not None)
    if name == "string":
        return _text_kind(schema)
    if name == "integer":
        return f"integer{_range(schema.get('minimum'), schema.get('maximum'))}"
    if name == "array":
        inner = kind(resolved(schema.get("items", {}), components), components)
        bounds = _range(schema.get("minItems"), schema.get("maxItems"))
        return f"list{bounds} of {inner}"
    return name


def _text_kind(schema: Schema) -> str:
    words = _CHOICES.fullmatch(str(schema.get("pattern", "")))
    if words is not None:
        return " · ".join(f"`{word}`" for word in words[1].replace("\\", "").split("|"))
    if "anyOf" in schema:
        return " or ".join(_FORMATS[one["format"]] for one in schema["anyOf"])
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if str(schema.get("pattern", "")).startswith(_MONEY) and schema.get("examples"):
        return "decimal string"
    return f"text{_range(schema.get('minLength'), schema.get('maxLength'))}"


def _range(least: int | None, most: int | None) -> str:
    if most is None:
        return f" from {least:,}" if least else ""
    return f" {least or 0:,}–{most:,}"


def _said(text: str) -> str:
    return "" if text in _WHAT_SAYS_NOTHING else " ".join(text.split())
