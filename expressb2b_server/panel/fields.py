"""Fields of forms: each with its label, its hint and its error tied to it.

Each is rendered from a template of its own with exactly the values given here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from importlib import resources
from types import MappingProxyType

import bottle

from expressb2b_server.panel.forms import ETAG, FORM, TOKEN, Form, spoken

Choice = tuple[str, str]


def text_field(
    form: Form,
    name: str,
    label: str,
    *,
    value: object = None,
    hint: str = "",
    kind: str = "text",
    required: bool = False,
    width: str = "",
    autocomplete: str = "off",
    mode: str = "",
    most: int = 0,
    placeholder: str = "",
) -> str:
    """A line of text. `kind` is the input's type, `mode` the keyboard a phone shows."""
    return _render(
        "text",
        form,
        name,
        label=label,
        hint=hint,
        value=form.value(name, value) if kind != "password" else "",
        kind=kind,
        required=required,
        width=width,
        autocomplete=autocomplete,
        mode=mode,
        most=most,
        placeholder=placeholder,
    )


def area_field(
    form: Form,
    name: str,
    label: str,
    *,
    value: object = None,
    hint: str = "",
    rows: int = 3,
    required: bool = False,
) -> str:
    """Several lines of text."""
    return _render(
        "area",
        form,
        name,
        label=label,
        hint=hint,
        value=form.value(name, value),
        rows=rows,
        required=required,
    )


def select_field(
    form: Form,
    name: str,
    label: str,
    choices: Iterable[Choice],
    *,
    value: object = None,
    hint: str = "",
    width: str = "",
) -> str:
    """One of several; a choice is what is sent, and its words."""
    return _render(
        "select",
        form,
        name,
        label=label,
        hint=hint,
        choices=list(choices),
        value=form.value(name, value),
        width=width,
    )


def check_field(
    form: Form, name: str, label: str, *, checked: bool = False, hint: str = "", value: str = "yes"
) -> str:
    """A box to tick."""
    return _render(
        "check",
        form,
        name,
        label=label,
        hint=hint,
        value=value,
        checked=form.is_chosen(name, value, checked),
    )


def check_group(
    form: Form,
    name: str,
    label: str,
    choices: Iterable[Choice],
    *,
    chosen: Iterable[str] = (),
    hint: str = "",
) -> str:
    """Several boxes under one heading."""
    ticked = frozenset(chosen)
    rows = [
        (value, words, form.is_chosen(name, value, value in ticked)) for value, words in choices
    ]
    return _render("group", form, name, label=label, hint=hint, choices=rows)


def file_field(form: Form, name: str, label: str, *, hint: str = "", accept: str = "") -> str:
    """A file to choose."""
    return _render("file", form, name, label=label, hint=hint, accept=accept)


def hidden(name: str, value: object) -> str:
    """What a form carries without showing it."""
    return f'<input type="hidden" name="{escape(name)}" value="{escape(str(value))}">'


def form_head(token: str, name: str = "", etag: str = "") -> str:
    """What every form begins with: the session's token, its own name, what it was decided on."""
    parts = [hidden(TOKEN, token)]
    if name:
        parts.append(hidden(FORM, name))
    if etag:
        parts.append(hidden(ETAG, etag))
    return "".join(parts)


def problems(form: Form) -> str:
    """What was wrong, above a form that is shown again; empty when nothing was."""
    if not form.message:
        return ""
    told = [
        (f"{form.name or 'form'}-{error.pointer.lstrip('/?')}".replace("/", "-"), spoken(error))
        for error in form.errors
    ]
    text: str = _template("problems").render(message=form.message, told=told)
    return text


FOR_TEMPLATES: Mapping[str, object] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            text_field,
            area_field,
            select_field,
            check_field,
            check_group,
            file_field,
            hidden,
            form_head,
            problems,
        )
    }
)


def _render(template: str, form: Form, name: str, **values: object) -> str:
    field_id = form.field_id(name)
    error = form.error(name)
    described = [f"{field_id}-hint"] * bool(values["hint"]) + [f"{field_id}-error"] * bool(error)
    text: str = _template(template).render(
        values, name=name, id=field_id, error=error, described=" ".join(described)
    )
    return text


@cache
def _template(name: str) -> bottle.SimpleTemplate:
    folder = resources.files("expressb2b_server.panel") / "templates" / "fields"
    return bottle.SimpleTemplate(source=(folder / f"{name}.html").read_text(encoding="utf-8"))
