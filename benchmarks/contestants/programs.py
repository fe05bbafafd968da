"""Starts a contestant in a fresh process, and tells its port, its memory and its CPU time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.data.generator import SECRET

ROOT = Path(__file__).parents[2]
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Program:
    """What to start: arguments behind the interpreter, with the port announced like this."""

    arguments: Sequence[str]
    announces: str = r"port (\d+)"
    variables: Mapping[str, str] = field(default_factory=dict)


def ours(database: Path, threads: int | None = None) -> Program:
    """Our server with everything on; by default with its own number of threads."""
    arguments = ["server.py", "--database", f"sqlite:///{database}", "--port", "0"]
    if threads is not None:
        arguments += ["--threads", str(threads)]
    return Program(arguments, r"API +http://[^:]+:(\d+)", {"EXPRESSB2B_SECRET": SECRET})


def constant(size: int, threads: int | None = None) -> Program:
    """A constant answer of so many bytes from our stack with our settings."""
    rest = [] if threads is None else [str(threads)]
    return Program(["-m", "benchmarks.contestants.constant", str(size), *rest])


def peer(name: str, database: Path, threads: int, synchronous: str) -> Program:
    """FastAPI or Flask, on SQLAlchemy."""
    module = f"benchmarks.contestants.peers.{name}_app"
    return Program(["-m", module, str(database), str(threads), synchronous])


@dataclass(frozen=True)
class Running:
    """A contestant that listens."""

    process: subprocess.Popen[str]
    port: int

    def memory_mb(self) -> float:
        """What it holds in memory now (resident), in units of 10^6 bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024 / 1e6

    def cpu_seconds(self) -> float:
        """CPU time used so far, its own and the system's for it."""
        behind_name = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2]
        fields = behind_name.split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


@contextmanager
def running(program: Program) -> Iterator[Running]:
    """The program, listening; ended with the block."""
    process = subprocess.Popen(
        [sys.executable, *program.arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=_environment() | {"PYTHONUNBUFFERED": "1", **program.variables},
    )
    try:
        yield Running(process, _port(process, program))
    finally:
        _end(process)


def _port(process: subprocess.Popen[str], program: Program) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(program.announces, line):
            return int(found[1])
    raise SystemExit(f"did not start: {' '.join(program.arguments)}")


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("EXPRESSB2B_")}
