"""Every error ends with the right exit code, and is told in the same way."""

from __future__ import annotations

import json
import sqlite3

import pytest

from expressb2b_cli.exit_codes import MEANINGS, ExitCode, Failure
from expressb2b_cli.failures import EXIT_CODES, report_of
from expressb2b_core import errors
from expressb2b_core.errors import FieldError
from expressb2b_server.settings import UnusableFlag

FORM = FieldError("/name", "required", "name is missing")
RULE = FieldError("/url", "webhook_url_not_allowed", "the URL must use https")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ValidationFailed([FORM]), 2),
        (errors.ValidationFailed([RULE]), 4),
        (errors.ValidationFailed([FORM, RULE]), 4),
        (errors.InvalidCursor(), 2),
        (errors.UnknownVersion("x", ["2026-03"]), 2),
        (errors.NotFound("order"), 3),
        (errors.AlreadyExists("name", "x"), 4),
        (errors.InvalidTransition("approve", "rejected", []), 4),
        (errors.InUse("in use"), 4),
        (errors.Stale(), 4),
        (errors.NotAnApprover("own_order"), 5),
        (errors.Unauthorized(), 5),
        (errors.StorageUnavailable("busy"), 6),
        (errors.Misconfigured("wrong"), 1),
        (UnusableFlag("wrong"), 2),
        (errors.DatabaseInUse("open"), 1),
        (errors.DatabaseNewer(2, 1), 1),
        (sqlite3.DatabaseError("malformed"), 1),
        (FileNotFoundError(2, "No such file", "x.csv"), 1),
        (Failure(ExitCode.UNREACHABLE, "unreachable", "gone"), 6),
    ],
)
def test_each_error_has_its_exit_code(error: Exception, code: int) -> None:
    report = report_of(error)

    assert report is not None
    assert report.exit_code == code


def test_no_class_of_errors_is_left_to_the_root() -> None:
    direct = set(errors.ExpressB2BError.__subclasses__())
    ours = {kind for kind in direct if kind.__module__ == errors.__name__}

    assert ours <= set(EXIT_CODES)


def test_every_exit_code_is_explained() -> None:
    assert set(MEANINGS) == set(ExitCode)


def test_what_is_no_failure_has_no_report() -> None:
    assert report_of(ZeroDivisionError()) is None


def test_one_problem_is_told_in_one_line() -> None:
    report = report_of(errors.ValidationFailed([FORM]))

    assert report is not None
    assert report.text == "Error: name is missing"


def test_several_problems_are_told_one_by_one_and_where_they_are() -> None:
    inner = FieldError("/items/0/qty", "out_of_range", "qty must be at least 1")

    report = report_of(errors.ValidationFailed([FORM, inner]))

    assert report is not None
    assert report.text.splitlines() == [
        "Error: 2 fields need attention.",
        "  name is missing",
        "  items/0/qty: qty must be at least 1",
    ]


def test_figures_stand_in_the_json() -> None:
    short = FieldError("/items/0/qty", "insufficient_stock", "only 3 available", {"available": 3})

    report = report_of(errors.ValidationFailed([short]))

    assert report is not None
    assert json.loads(report.json)["error"]["errors"][0]["available"] == 3


def test_a_file_that_cannot_be_read_is_named() -> None:
    report = report_of(FileNotFoundError(2, "No such file or directory", "x.csv"))

    assert report is not None
    assert report.detail == "x.csv: No such file or directory."
