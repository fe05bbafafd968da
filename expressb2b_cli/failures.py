"""What a failed call says and how it ends: the one table from error to exit code."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import NamedTuple

import click

from expressb2b_cli.exit_codes import ExitCode, Failure
from expressb2b_core import errors
from expressb2b_core.rules.signing import WebhookVerificationFailed
from expressb2b_core.services.backups import DamagedBackup
from expressb2b_server.settings import UnusableFlag

# The nearest class up the tree counts.
EXIT_CODES: Mapping[type[errors.ExpressB2BError], ExitCode] = {
    errors.ExpressB2BError: ExitCode.FAILED,
    errors.InvalidInput: ExitCode.USAGE,
    errors.NotFound: ExitCode.NOT_FOUND,
    errors.Conflict: ExitCode.REFUSED,
    errors.Stale: ExitCode.REFUSED,
    errors.NotAllowed: ExitCode.NOT_AUTHORISED,
    errors.RateLimited: ExitCode.REFUSED,
    errors.StorageUnavailable: ExitCode.UNREACHABLE,
    errors.Misconfigured: ExitCode.FAILED,
    UnusableFlag: ExitCode.USAGE,
}

# A value in the wrong form is a mistake of whoever typed it; any other problem is the answer of
# a rule to a command that was typed correctly.
_PROBLEMS_OF_FORM = frozenset(
    {
        "conflicting",
        "duplicate",
        "invalid_character",
        "invalid_choice",
        "invalid_format",
        "invalid_length",
        "invalid_money",
        "invalid_time",
        "out_of_range",
        "required",
        "unknown_field",
        "unknown_parameter",
        "wrong_type",
    }
)

FieldProblem = Mapping[str, object]


class Report(NamedTuple):
    """What is told of a failure, as text or as JSON."""

    exit_code: ExitCode
    code: str
    detail: str
    errors: Sequence[FieldProblem] = ()
    usage: str = ""

    @property
    def json(self) -> str:
        """The failure as one JSON object."""
        told = {"code": self.code, "detail": self.detail, "errors": list(self.errors)}
        return json.dumps({"error": told}, ensure_ascii=False)

    @property
    def text(self) -> str:
        """The failure for people: one line, or one for each field."""
        told = [f"{_spoken(error['pointer'])}{error['detail']}" for error in self.errors]
        if len(told) == 1:
            detail, told = told[0], []
        else:
            detail = self.detail
        lines = [self.usage] if self.usage else []
        return "\n".join([*lines, f"Error: {detail}", *(f"  {one}" for one in told)])


@singledispatch
def report_of(error: Exception) -> Report | None:
    """What to tell of an expected failure; None for a defect of this program."""
    return None


def internal_report(error: Exception) -> Report:
    """What to tell of a defect where nobody reads a traceback."""
    detail = f"Something went wrong in this program: {type(error).__name__}: {error}"
    return Report(ExitCode.FAILED, "internal_error", detail)


@report_of.register
def _(error: Failure) -> Report:
    return Report(error.exit_code, error.code, error.detail)


@report_of.register
def _(error: errors.ExpressB2BError) -> Report:
    told: Sequence[errors.FieldError] = ()
    if isinstance(error, errors.ValidationFailed | errors.PriceChanged):
        told = error.errors
    problems = [
        {"pointer": one.pointer, "code": one.code, "detail": one.detail, **one.figures}
        for one in told
    ]
    return Report(_exit_code(error), error.code, error.detail, problems)


@report_of.register
def _(error: WebhookVerificationFailed) -> Report:
    return Report(ExitCode.REFUSED, error.reason, f"Not genuine: {error}.")


@report_of.register
def _(error: DamagedBackup) -> Report:
    return Report(ExitCode.FAILED, "damaged_backup", str(error))


@report_of.register
def _(error: sqlite3.DatabaseError) -> Report:
    detail = f"The database cannot be read: {error}. Run `expressb2b doctor`."
    return Report(ExitCode.FAILED, "database_damaged", detail)


@report_of.register
def _(error: OSError) -> Report:
    where = "" if error.filename is None else f"{error.filename}: "
    return Report(ExitCode.FAILED, "io_error", f"{where}{error.strerror or error}.")


@report_of.register
def _(error: click.Abort) -> Report:
    return Report(ExitCode.INTERRUPTED, "interrupted", "Interrupted.")


@report_of.register
def _(error: click.ClickException) -> Report:
    return Report(ExitCode.FAILED, "failed", error.format_message())


@report_of.register
def _(error: click.UsageError) -> Report:
    usage = ""
    if error.ctx is not None:
        usage = f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help'."
    return Report(ExitCode.USAGE, "usage", error.format_message(), (), usage)


@report_of.register
def _(error: click.exceptions.NoArgsIsHelpError) -> Report:
    return Report(ExitCode.USAGE, "usage", "Say which command.", (), f"{error.format_message()}\n")


def _exit_code(error: errors.ExpressB2BError) -> ExitCode:
    if isinstance(error, errors.ValidationFailed):
        is_form = all(one.code in _PROBLEMS_OF_FORM for one in error.errors)
        return ExitCode.USAGE if is_form else ExitCode.REFUSED
    return next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES)


def _spoken(pointer: object) -> str:
    """A pointer as people say it: nothing where the text names the field itself."""
    where = str(pointer).lstrip("/?")
    return f"{where}: " if "/" in where else ""
