"""How a call ends: the exit codes, and the failures that only the command line knows.

Which error of the library ends with which code stands in `failures`.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script may rely on."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    NOT_AUTHORISED = 5
    UNREACHABLE = 6
    ROWS_REJECTED = 7
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "failed",
    ExitCode.USAGE: "the command or an option is not right",
    ExitCode.NOT_FOUND: "there is no such thing",
    ExitCode.REFUSED: "refused by a rule",
    ExitCode.NOT_AUTHORISED: "not authorised",
    ExitCode.UNREACHABLE: "the database or the server cannot be reached",
    ExitCode.ROWS_REJECTED: "finished, and some rows were rejected",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}


class Failure(Exception):
    """A command cannot go on; `detail` is one sentence with the remedy."""

    def __init__(self, exit_code: ExitCode, code: str, detail: str) -> None:
        super().__init__(detail)
        self.exit_code = exit_code
        self.code = code
        self.detail = detail
