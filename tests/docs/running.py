"""Runs the code blocks of a page as a reader would: in one shell, from the first to the last."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tests.docs.blocks import Block

DEADLINE_SECONDS = 60
# Nobody's names of the pages, and what answers for them here.
_STANDS_FOR = {"https://yourapp.com": "http://127.0.0.1:9"}

# Stands before the real curl: an answer that a page does not announce ends the page's script.
_CURL = """\
#!/bin/bash
answer=$(mktemp)
status=$({curl} -o "$answer" -w '%{{http_code}}' "$@") || exit
cat "$answer"
rm -f "$answer"
if [ "$status" != "$ANSWERS" ] && {{ [ -n "$ANSWERS" ] || [ "$status" -ge 400 ]; }}; then
    echo "answered $status instead of ${{ANSWERS:-success}}" >&2
    exit 22
fi
"""
_PROLOGUE = """\
set -euo pipefail
trap 'echo "the block at line $LINE_OF_PAGE failed" >&2' ERR
"""
_IN_ANOTHER_TERMINAL = """\
bash -c {commands} > .terminal-{line} 2>&1 &
for attempt in $(seq 150); do
    grep -qi listening .terminal-{line} && break
    sleep 0.1
done
grep -qi listening .terminal-{line} || {{ cat .terminal-{line}; false; }}
"""


class Shell:
    """A folder in which blocks are run, with our programs on the path."""

    def __init__(self, folder: Path, environment: Mapping[str, str], curl: str) -> None:
        self.folder = folder
        programs = folder / ".programs"
        programs.mkdir()
        (programs / "curl").write_text(_CURL.format(curl=curl))
        (programs / "curl").chmod(0o755)
        self.environment = {
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            **environment,
        }

    def run(
        self,
        blocks: Sequence[Block],
        replacing: Mapping[str, str] = MappingProxyType({}),
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> str:
        """Run shell blocks in one shell; what they print, but for what goes on beside them.

        `replacing` are texts of the page, such as a port, and what is meant by them here.
        """
        script = _PROLOGUE + "".join(map(_step, blocks))
        for written, meant in {**_STANDS_FOR, **replacing}.items():
            script = script.replace(written, meant)
        return self._run(["bash", "-c", script], deadline_seconds)

    def run_python(self, blocks: Sequence[Block]) -> str:
        """Run Python blocks as one program; what it prints."""
        return self._run([sys.executable, "-c", "\n".join(block.code for block in blocks)])

    def _run(self, command: Sequence[str], deadline_seconds: float = DEADLINE_SECONDS) -> str:
        # A file, not a pipe: what runs in other terminals would hold a pipe open.
        printed = self.folder / ".printed"
        with printed.open("w") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status = process.wait(deadline_seconds)
            finally:
                _end_session(process.pid)
        assert status == 0, printed.read_text()
        return printed.read_text()


def _step(block: Block) -> str:
    if block.word == "terminal":
        return _IN_ANOTHER_TERMINAL.format(commands=shlex.quote(block.commands), line=block.line)
    answers = block.said if block.word == "answers" else ""
    step = f"LINE_OF_PAGE={block.line} ; export ANSWERS={answers}\n{block.commands}\n"
    if block.word == "exits":
        step = f"set +e ; ( {step} ) ; status=$? ; set -e ; test $status -eq {block.said}\n"
    return step


def _end_session(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
