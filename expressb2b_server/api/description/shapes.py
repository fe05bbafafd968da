"""Building blocks of the schemas of answers: objects, lists, and the values that recur."""

from __future__ import annotations

from collections.abc import Mapping

from expressb2b_server.api.routes import EXAMPLE_ID, UUID_PATTERN

Schema = dict[str, object]


def component_name(kind: str) -> str:
    """`billing_account` is the component `BillingAccount`."""
    return "".join(word.capitalize() for word in kind.split("_"))


def ref(kind: str) -> Schema:
    """A reference to the component of a kind."""
    return {"$ref": f"#/components/schemas/{component_name(kind)}"}


def fields(description: str, properties: Mapping[str, Schema], *, optional: str = "") -> Schema:
    """An object with these fields and no others; the names in `optional` may be absent."""
    left_out = optional.split()
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "required": [name for name in properties if name not in left_out],
        "additionalProperties": False,
    }


def listed(item: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": item}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema | {"type": [schema["type"], "null"]}


def choice(*words: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(words)}


TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
ID: Schema = {
    "type": "string",
    "format": "uuid",
    "pattern": f"^{UUID_PATTERN}$",
    "examples": [EXAMPLE_ID],
}
EVENT_ID: Schema = {
    "type": "string",
    "pattern": f"^wh_{UUID_PATTERN}$",
    "examples": [f"wh_{EXAMPLE_ID}"],
}
MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
    "description": "UTC, to the second.",
    "examples": ["2026-03-15T14:32:07Z"],
}
UNIT_PRICE: Schema = {
    "type": "string",
    "pattern": r"^[0-9]+\.[0-9]{2,4}$",
    "description": "2 to 4 decimals.",
    "examples": ["38.50"],
}
AMOUNT: Schema = {
    "type": "string",
    "pattern": r"^-?[0-9]+(\.[0-9]+)?$",
    "description": "With the decimals of the workspace's currency.",
    "examples": ["154.00"],
}
METADATA: Schema = {"type": "object", "additionalProperties": TEXT}
CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["USD"]}
VERSION: Schema = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}$",
    "examples": ["2026-03"],
}

NULL_TEXT = or_null(TEXT)
NULL_ID = or_null(ID)
NULL_MOMENT = or_null(MOMENT)
