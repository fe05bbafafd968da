"""Files that commands read and write, where `-` is standard input or output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from expressb2b_cli.exit_codes import ExitCode, Failure


def write_lines(target: str, lines: Iterable[str]) -> None:
    """Write lines, with their ends, to a file or to standard output.

    A file is replaced once it is complete: whoever reads it never sees half of it.
    """
    if target == "-":
        for line in lines:
            sys.stdout.write(line)
        return
    path = Path(target)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        draft.replace(path)
    except OSError as error:
        raise Failure(ExitCode.FAILED, "io_error", f"{target}: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)


def read_bytes(source: str) -> bytes:
    """The whole of a file or of standard input; `Failure` when it cannot be read."""
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise Failure(ExitCode.USAGE, "io_error", f"{source}: {error.strerror}.") from error
