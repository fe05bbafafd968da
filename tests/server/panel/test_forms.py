from __future__ import annotations

from expressb2b_core.errors import AlreadyExists, Conflict, FieldError, ValidationFailed
from expressb2b_server.panel.forms import Form, spoken


def test_empty_form_shows_what_is_there_now() -> None:
    form = Form()

    assert form.value("name", "Midwest") == "Midwest"
    assert form.value("external_id", None) == ""
    assert form.is_chosen("active", "yes", True)


def test_sent_form_shows_what_was_typed() -> None:
    form = Form({"name": ["Typed"]})

    assert form.value("name", "Midwest") == "Typed"
    assert not form.is_chosen("active", "yes", True)


def test_line_ends_are_those_of_everywhere_else() -> None:
    assert Form({"note": ["a\r\nb"]}).text("note") == "a\nb"


def test_number_that_is_none_is_left_for_the_inputs_to_refuse() -> None:
    form = Form({"a": ["12"], "b": ["-3"], "c": ["1.0"], "d": [""], "e": ["٣"], "f": ["9" * 30]})

    read = [form.whole(name) for name in "abcdef"]

    assert read == [12, -3, "1.0", None, "٣", "9" * 30]


def test_only_the_form_that_was_sent_shows_its_errors() -> None:
    form = Form({"form": ["reject"], "reason": [""]})
    form.refuse(ValidationFailed([FieldError("/reason", "required", "reason is missing")]))

    assert form.named("reject").error("reason") == "Reason is missing"
    assert form.named("cancel").error("reason") == ""
    assert form.named("cancel").value("reason", "as it was") == "as it was"


def test_pointer_leads_to_the_field_it_is_inside_of() -> None:
    form = Form({})
    form.refuse(ValidationFailed([FieldError("/scopes/1", "invalid_choice", "no such scope")]))

    assert form.error("scopes") == "No such scope"
    assert form.error("scope") == ""


def test_taken_value_is_told_at_its_field() -> None:
    form = Form({})
    form.refuse(AlreadyExists("external_id", "x"))

    assert "already" in form.error("external_id")


def test_conflict_is_told_above_the_form() -> None:
    form = Form({})
    form.refuse(Conflict("The last one stays."))

    assert form.message == "The last one stays."
    assert form.errors == []


def test_names_of_fields_are_spoken() -> None:
    assert spoken(FieldError("/min_qty", "x", "min_qty must be at least 1")) == (
        "Min qty must be at least 1"
    )


def test_rows_of_a_list_are_counted() -> None:
    form = Form({"levels/0/name": ["a"], "levels/2/name": ["c"], "levels/x": ["?"]})

    assert form.count("levels") == 3
    assert form.count("others") == 0
