"""The server as a process of its own, on a free port: for tests and for experiments on it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import urllib3

PROGRAM = Path(__file__).parents[1] / "server.py"
PATIENCE_SECONDS = 30


class ServerProcess:
    """A server and what it has printed up to its last line of greeting."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.greeting = ""
        assert process.stdout is not None
        for line in process.stdout:
            self.greeting += line
            if "Ctrl-C" in line:
                break

    @property
    def address(self) -> str:
        """Where it answers, such as `http://127.0.0.1:34567`."""
        found = re.search(r"API +(http://\S+)/api", self.greeting)
        assert found, self.greeting
        return found[1]

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return urllib3.request("GET", self.address + path, headers=headers, retries=False)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit code once it has."""
        self.process.send_signal(by)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def running(
    folder: Path, *arguments: str, variables: Mapping[str, str] | None = None
) -> Iterator[ServerProcess]:
    """A server that works in this folder; killed at the end of the block if it still runs."""
    process = subprocess.Popen(
        command("--port", "0", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
        env=environment(folder, variables),
    )
    try:
        yield ServerProcess(process)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def command(*arguments: str) -> list[str]:
    """What starts it with these arguments."""
    return [sys.executable, str(PROGRAM), *arguments]


def environment(folder: Path, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of this process with these settings of the server's, and no others."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("EXPRESSB2B_")}
    own = {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    return kept | own | dict(variables or {})
