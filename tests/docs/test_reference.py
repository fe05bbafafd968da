"""The reference has everything: each route, setting, method and code of an error."""

from __future__ import annotations

import json
import re

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_server import settings
from expressb2b_server.api.problems import KINDS
from expressb2b_server.app import create_app
from expressb2b_server.documentation import llms
from expressb2b_server.documentation.book import Book
from tests.docs.blocks import DOCS, ROOT
from tools.reference.library import public_methods, public_services
from tools.reference.pages import generated_pages

GENERATED = generated_pages()
ERRORS = (DOCS / "reference" / "errors.md").read_text()
SOURCES = [
    path
    for folder in ("expressb2b_core", "expressb2b_server/api")
    for path in (ROOT / folder).rglob("*.py")
    if "spreadsheets" not in path.parts
]
_FIELD_CODE = re.compile(r'FieldError\(\s*[^,]+,\s*"([a-z_]+)"')
_PAIR_OF_CODE_AND_TEXT = re.compile(r'return "(invalid_[a-z]+)", ')
_REFUSAL_BELOW = re.compile(
    r'^\s*(?:return )?Refusal\(\s*[0-9]+,\s*"([a-z_]+)"|^    "([a-z_]+)",$', re.MULTILINE
)


def section_of(code: str) -> str:
    found = re.search(rf"^### {code}\n\n(.*?)(?=^##|\Z)", ERRORS, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/reference/errors.md has no section {code}"
    return found[1]


def codes_of_fields() -> set[str]:
    found = {"unknown_field", "unknown_parameter"}
    for path in SOURCES:
        text = path.read_text()
        found.update(_FIELD_CODE.findall(text), _PAIR_OF_CODE_AND_TEXT.findall(text))
    return found


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert (DOCS / f"{name}.md").read_text() == GENERATED[name], "run: make docs"


def test_every_route_is_described() -> None:
    described = "".join(text for name, text in GENERATED.items() if "/rest" in name)
    with ExpressB2B("sqlite:///:memory:") as b2b:
        routes = create_app(b2b).routes

    missing = [
        f"{route.method} {route.path}"
        for route in routes
        if f"\n{route.method} {route.path}\n" not in described
    ]

    assert missing == []


def test_the_text_for_language_models_names_every_path() -> None:
    with ExpressB2B("sqlite:///:memory:") as b2b:
        described = create_app(b2b).describe()

    text = llms.short(Book(DOCS), described, "")

    assert [path for path in json.loads(described)["paths"] if f" {path}`: " not in text] == []


def test_every_setting_is_described() -> None:
    for row in settings.table():
        assert f"## {row.variable or row.flag}\n\n{row.help}" in GENERATED["reference/settings"]


def test_every_method_of_the_library_is_described() -> None:
    for attribute, service in public_services().items():
        for method in public_methods(service):
            assert f"### {attribute}.{method}\n" in GENERATED["reference/python"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_its_section_with_status_and_class(kind: type) -> None:
    section = section_of(kind.code)  # type: ignore[attr-defined]

    assert f"`{kind.__name__}`" in section
    if "database" not in kind.code and kind.code != "misconfigured":  # type: ignore[attr-defined]
        assert section.startswith(str(KINDS[kind].status))


def test_every_refusal_below_the_application_has_its_section() -> None:
    text = (ROOT / "expressb2b_server" / "serving" / "refusals.py").read_text()
    codes = {one or other for one, other in _REFUSAL_BELOW.findall(text)}

    assert {"bad_request", "request_timeout", "overloaded", "headers_too_large"} <= codes
    for code in codes:
        section_of(code)


@pytest.mark.parametrize("code", sorted(codes_of_fields()))
def test_every_code_of_a_field_is_described(code: str) -> None:
    _, _, table = ERRORS.partition("## Codes of fields")

    assert f"`{code}`" in table


def test_codes_are_found_in_the_source() -> None:
    assert {"required", "no_price", "insufficient_stock", "invalid_length"} <= codes_of_fields()


def test_the_figures_of_the_settings_page_are_the_defaults() -> None:
    shown = {row.name: row.value for row in settings.Settings().shown()}

    for row in settings.table():
        value = f"`{shown[row.name]}`" if shown[row.name] else "–"
        line = next(
            line
            for line in GENERATED["reference/settings"].splitlines()
            if line.startswith("|") and f"`{row.variable or row.flag}`" in line
        )
        assert line.endswith(f"| {value} |")
