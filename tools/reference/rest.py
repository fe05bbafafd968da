"""The REST reference from the OpenAPI document: an overview, and one page for each resource."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tools.reference.schemas import Schema, component, fields, kind, resolved

_MADE = "<!-- Written by `make docs` from the OpenAPI document; do not edit. -->"
_INTRODUCTION = """\
Every operation of the version {version}, with what it takes and what it answers. The same as data:
`GET /api/openapi.json` (OpenAPI 3.1).

## What holds for all

- `Authorization: Bearer <key>`, except where "no key" is said. The scope that is named is what the
  key needs; `:write` implies `:read`. [More](../concepts/security.md)
- Bodies are JSON with `Content-Type: application/json`, at most 2 MiB. Unknown fields and unknown
  query parameters are refused.
- Money is a decimal string, times are UTC (`2026-03-15T14:32:07Z`), ids are UUIDs.
- Any `POST` may carry an `Idempotency-Key`; a change of a single resource may carry `If-Match`.
  [More](../concepts/repeats-and-races.md)
- Lists answer `{{"data": […], "meta": {{"total", "per_page", "next_cursor"}}}}` and take
  `per_page`, `cursor` and `page`. [More](../concepts/lists.md)
- Any request with a key may be answered with [401 `unauthorized`](errors.md#unauthorized),
  [403 `insufficient_scope`](errors.md#insufficient_scope),
  [400 `unknown_version`](errors.md#unknown_version), [429 `rate_limited`](errors.md#rate_limited),
  [503 `storage_unavailable`](errors.md#storage_unavailable); one with a body also with
  [400 `invalid_json`](errors.md#invalid_json), [413](errors.md#payload_too_large) and
  [415](errors.md#unsupported_media_type). The pages name what comes in addition.

"""
_NAMED_FOR_ALL = {
    "idempotency_in_progress",
    "idempotency_key_reused",
    "insufficient_scope",
    "internal_error",
    "invalid_header",
    "invalid_json",
    "payload_too_large",
    "rate_limited",
    "storage_unavailable",
    "unauthorized",
    "unknown_version",
    "unsupported_media_type",
}
_PAGING = ("per_page", "cursor", "page")
_SCOPE = re.compile(r"Needs the scope `(.+?)`")
_RESOURCES_OF_OTHERS = ("Order", "FieldError")


class Operation(NamedTuple):
    """One method on one path."""

    method: str
    path: str
    said: Schema

    @property
    def anchor(self) -> str:
        """Where it stands on its page."""
        return re.sub(r"[^\w\- ]", "", str(self.said["summary"]).lower()).replace(" ", "-")


class Shown(NamedTuple):
    """What an operation answers with: a component, and whether it is a list of them."""

    name: str
    many: bool


def pages(described: Schema) -> Mapping[str, str]:
    """The pages by their names below `docs/`."""
    tags: dict[str, str] = {tag["name"]: tag["description"] for tag in described["tags"]}
    by_tag: dict[str, list[Operation]] = {tag: [] for tag in tags}
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            by_tag[said["tags"][0]].append(Operation(method.upper(), path, said))
    found = {
        _page_name(tag): _page(tag, tags[tag], operations, described)
        for tag, operations in by_tag.items()
    }
    return {"reference/rest": _overview(by_tag, described), **found}


def _page_name(tag: str) -> str:
    return f"reference/rest/{tag.lower().replace(' ', '-')}"


def _overview(by_tag: Mapping[str, Sequence[Operation]], described: Schema) -> str:
    introduction = _INTRODUCTION.format(version=described["info"]["version"])
    parts = [f"# REST reference\n\n{_MADE}\n\n{introduction}"]
    for tag, operations in by_tag.items():
        parts.append(f"## {tag}\n\n| request | what it does | scope |\n|---|---|---|\n")
        file = _page_name(tag).removeprefix("reference/")
        parts += [
            f"| `{one.method} {one.path}` | [{one.said['summary']}]({file}.md#{one.anchor}) "
            f"| {_scope(one)} |\n"
            for one in operations
        ]
        parts.append("\n")
    parts.append(
        "## Webhooks\n\nWhat is sent to registered endpoints, and how to verify it: "
        "[Receive and verify webhooks](../integrator/receive-webhooks.md).\n\n"
    )
    parts += [
        f"- `{name}`: {methods['post']['summary']}\n"
        for name, methods in described["webhooks"].items()
    ]
    return "".join(parts)


def _scope(operation: Operation) -> str:
    found = _SCOPE.search(operation.said.get("description", ""))
    if operation.said.get("security") == [] or found is None:
        return "no key"
    return f"`{found[1]}`"


def _page(tag: str, said: str, operations: Sequence[Operation], described: Schema) -> str:
    parts = [f"# REST: {tag.lower()}\n\n{_MADE}\n\n{said}\n\n"]
    shown: list[str] = []
    for operation in operations:
        parts += _operation(operation, described["components"])
        answer = _answer(operation)
        if answer is not None and answer.name not in shown:
            shown.append(answer.name)
    for name in shown:
        if tag == "Orders" or name not in _RESOURCES_OF_OTHERS:
            parts += _resource(name, described["components"])
    return "".join(parts).rstrip() + "\n"


def _operation(operation: Operation, components: Schema) -> Iterator[str]:
    said = operation.said
    yield f"## {said['summary']}\n\n```http\n{operation.method} {operation.path}\n```\n\n"
    if said.get("description"):
        yield f"{said['description']}\n\n"
    yield from _parameters(operation, components)
    yield from _body(said, components)
    yield from _answers(operation)
    yield from _refusals(said)


def _parameters(operation: Operation, components: Schema) -> Iterator[str]:
    query = [one for one in operation.said.get("parameters", ()) if one.get("in") == "query"]
    own = [one for one in query if one["name"] not in _PAGING]
    if own:
        yield "| query | type | meaning |\n|---|---|---|\n"
        for one in own:
            mark = ", required" if one.get("required") else ""
            what = kind(one["schema"], components)
            yield f"| `{one['name']}` | {what}{mark} | {_cell(one.get('description', ''))} |\n"
        yield "\n"
    if len(own) < len(query):
        yield (
            "Also `per_page`, `cursor` and `page`, as every list.\n\n"
            if any(one["name"] == "cursor" for one in query)
            else "Also `per_page`.\n\n"
        )


def _body(said: Schema, components: Schema) -> Iterator[str]:
    body = said.get("requestBody")
    if body is None:
        return
    content = body["content"]["application/json"]
    schema = resolved(content["schema"], components)
    rows = list(fields(schema, components))
    if rows:
        yield "| body | type | meaning |\n|---|---|---|\n"
        for row in rows:
            mark = ", required" if row.required else ""
            yield f"| `{row.path}` | {row.kind}{mark} | {_cell(row.said)} |\n"
        yield "\n"
    for example in content.get("examples", {}).values():
        yield f"{_json(example['value'])}\n\n"


def _answers(operation: Operation) -> Iterator[str]:
    statuses = [status for status in operation.said["responses"] if status.startswith("2")]
    answer = _answer(operation)
    if not statuses:
        return
    if answer is None:
        what = "nothing" if statuses == ["204"] else "the text"
    else:
        text = _spoken(answer.name)
        page = "orders.md" if answer.name == "Order" else ""
        link = f"[{text}]({page}#{text.replace(' ', '-')})"
        what = f"a page, each row: {link}" if answer.many else link
    yield f"Answers {' or '.join(statuses)} with {what}.\n\n"


def _answer(operation: Operation) -> Shown | None:
    for status, response in operation.said["responses"].items():
        content = response.get("content", {}).get("application/json")
        if not status.startswith("2") or content is None:
            continue
        schema = content["schema"]
        inner = schema.get("properties", {}).get("data", {}).get("items", {})
        name = component(inner) or component(schema)
        return None if name is None else Shown(name, component(inner) is not None)
    return None


def _refusals(said: Schema) -> Iterator[str]:
    found = []
    for status, response in said["responses"].items():
        codes = str(response.get("$ref", "")).rpartition("/")[2].split(".")[1:]
        found += [
            f"[{status} `{code}`](../errors.md#{code})"
            for code in codes
            if code not in _NAMED_FOR_ALL
        ]
    if found:
        yield f"Refusals: {', '.join(found)}.\n\n"


def _resource(name: str, components: Schema) -> Iterator[str]:
    schema = components["schemas"][name]
    yield f"## {_spoken(name).capitalize()}\n\n"
    if schema.get("description"):
        yield f"{schema['description']}\n\n"
    for example in schema.get("examples", ())[:1]:
        yield f"{_json(example)}\n\n"
    stop = () if name == "Order" else _RESOURCES_OF_OTHERS
    rows = list(fields(schema, components, stop=stop))
    if rows:
        yield "| field | type | meaning |\n|---|---|---|\n"
        for row in rows:
            yield f"| `{row.path}` | {row.kind} | {_cell(row.said)} |\n"
        yield "\n"


def _spoken(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _json(value: Any) -> str:
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"
