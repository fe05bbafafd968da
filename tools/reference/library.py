"""The library's reference from its signatures and docstrings."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Unpack, get_args, get_origin

import expressb2b_core
from expressb2b_core import ExpressB2B, Workspace, errors
from expressb2b_core.inputs.records import Record
from expressb2b_core.services.documents import Document
from tools.reference.schemas import kind

_INTRODUCTION = """\
# Python reference

<!-- Written by `make docs` from expressb2b_core; do not edit. -->

What `expressb2b_core` offers. How to use it: [Embed it in a Python program](../embedding.md).
Arguments are checked as the REST interface checks its bodies, and the same errors come back, as
exceptions of `expressb2b_core.errors`. Money is text or `Decimal`, never `float`; times are text
with a zone or aware `datetime`s.

"""
_UNPACKED = re.compile(r"Unpack\[(?:\w+\.)?(\w+)\]")
_PLAIN = (str, int, bool, type(None))
_LINE = 96
_NAMED = re.compile(r"^([A-Za-z_, ]+?):")
_SECTIONS = re.compile(r"^(Args|Returns|Raises|Attributes|Yields):$", re.MULTILINE)


def page() -> str:
    """The page: the face, each service with its methods, the documents, the errors."""
    parts = [_INTRODUCTION]
    parts += _face()
    parts += _services()
    parts += _documents()
    parts += _errors()
    return "".join(parts).rstrip() + "\n"


def public_services() -> Mapping[str, type]:
    """The services of a workspace, by the attribute that gives them."""
    return {
        name: typing.get_type_hints(attribute.func)["return"]
        for name, attribute in vars(Workspace).items()
        if isinstance(attribute, cached_property)
    }


def public_methods(kind_: type) -> Mapping[str, typing.Callable[..., object]]:
    """The methods of a class that callers may use."""
    return {
        name: method
        for name, method in vars(kind_).items()
        if inspect.isfunction(method) and not name.startswith("_")
    }


def _face() -> Iterator[str]:
    yield "## expressb2b_core\n\n"
    offered = {name: getattr(expressb2b_core, name) for name in expressb2b_core.__all__}
    functions = {name: found for name, found in offered.items() if inspect.isfunction(found)}
    for name, found in offered.items():
        if name not in functions:
            yield f"- `{name}`: {_first_line(found)}\n"
    yield "\n"
    for name, found in functions.items():
        yield f"### {name}\n\n{_signature(found, name)}{_described(found)}"
    yield f"## ExpressB2B\n\n{_signature(ExpressB2B, 'ExpressB2B')}{_described(ExpressB2B)}"
    for name, method in public_methods(ExpressB2B).items():
        yield f"### ExpressB2B.{name}\n\n{_signature(method, name)}{_described(method)}"


def _services() -> Iterator[str]:
    yield "## Workspace\n\nWhat `b2b.workspace()` gives; its attributes are the services.\n\n"
    for attribute, service in public_services().items():
        yield f"- [`{attribute}`](#{attribute}): {_first_line(service)}\n"
    yield "\n"
    for attribute, service in public_services().items():
        yield f"## {attribute}\n\n{_described(service)}"
        for name, method in public_methods(service).items():
            yield f"### {attribute}.{name}\n\n{_signature(method, f'{attribute}.{name}')}"
            yield _described(method)
            yield from _keywords(method)


def _keywords(method: typing.Callable[..., object]) -> Iterator[str]:
    """The fields of `**given`, as a table."""
    for hint in typing.get_type_hints(method, include_extras=True).values():
        if get_origin(hint) is not Unpack:
            continue
        declaration = get_args(hint)[0]
        rows = Record(declaration).fields.values()
        if not rows:
            return
        yield "| argument | type | meaning |\n|---|---|---|\n"
        for row in rows:
            mark = ", required" if row.required else ""
            null = " or None" if row.nullable else ""
            what = kind(row.constraint.schema(), {})
            yield f"| `{row.name}` | {what}{null}{mark} | {row.description} |\n"
        yield "\n"


def _documents() -> Iterator[str]:
    yield "## Document\n\n"
    yield _described(Document)
    yield "| document | fields |\n|---|---|\n"
    for found in sorted(_subclasses(Document), key=lambda one: one.__name__):
        names = ", ".join(f"`{name}`" for name in found.__annotations__)
        if names:
            yield f"| `{found.__name__}` | {names} |\n"
    yield "\n"


def _subclasses(parent: type[Document]) -> Iterator[type[Document]]:
    for child in parent.__subclasses__():
        if child.__module__.startswith("expressb2b_core."):
            yield child
            yield from _subclasses(child)


def _errors() -> Iterator[str]:
    yield "## Errors\n\nAll are in `expressb2b_core.errors`. What to do about each: "
    yield "[Errors](errors.md).\n\n"
    tree = inspect.cleandoc(errors.__doc__ or "").split("\n\n")[1]
    yield f"```text\n{inspect.cleandoc(tree)}\n```\n\n"


def _signature(found: typing.Callable[..., object], name: str) -> str:
    signature = inspect.signature(found)
    shown = list(_parameters(signature))
    returns = str(signature.return_annotation).strip("'")
    arrow = "" if "empty" in returns or returns == "None" else f" -> {returns}"
    line = f"{name}({', '.join(shown)}){arrow}"
    if len(line) > _LINE:
        inner = "".join(f"    {text},\n" for text in shown)
        line = f"{name}(\n{inner}){arrow}"
    return f"```python\n{line}\n```\n\n"


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    starred = False
    for one in signature.parameters.values():
        if one.name == "self":
            continue
        if one.kind is one.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        yield _parameter(one)


def _parameter(one: inspect.Parameter) -> str:
    kind_ = _UNPACKED.sub(r"\1", str(one.annotation))
    stars = "**" if one.kind is one.VAR_KEYWORD else ""
    if one.default is one.empty:
        return f"{stars}{one.name}: {kind_}"
    default = repr(one.default) if isinstance(one.default, _PLAIN) else "…"
    return f"{one.name}: {kind_} = {default}"


def _described(found: object) -> str:
    """A docstring as Markdown: its sections become lists."""
    text = inspect.getdoc(found) or ""
    parts = _SECTIONS.split(text)
    said = [parts[0].strip()]
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        said.append(f"{title}:\n\n{_entries(body)}")
    return "\n\n".join(part for part in said if part) + "\n\n"


def _entries(body: str) -> str:
    entries: list[str] = []
    for line in inspect.cleandoc(body).splitlines():
        if line.startswith(" ") and entries:
            entries[-1] += f" {line.strip()}"
        elif line:
            entries.append(line)
    return "\n".join("- " + _NAMED.sub(r"`\1`:", entry) for entry in entries)


def _first_line(found: object) -> str:
    return (inspect.getdoc(found) or "").partition("\n")[0]
