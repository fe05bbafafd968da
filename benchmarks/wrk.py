"""Loads a server with `wrk` and tells what came of it. An answer that is not 2xx ends the run."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# Status errors are those from 400 on; that the answer is 2xx is checked before, once.
_REPORT = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\n{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"max":%d,"bad":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    latency.max, e.status + e.connect + e.read + e.write + e.timeout))
end
"""


_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Load:
    """What a load came to; times in milliseconds."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True)
class Shot:
    """What to load with: a path, and the Lua that says more, such as a body."""

    path: str
    lua: str = ""


def require_wrk() -> None:
    """Go on if it is installed."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed: apt-get install wrk")


def load(port: int, shot: Shot, key: str, seconds: int, clients: int = 16) -> Load:
    """Load a server on this machine from one thread for so many seconds.

    Longer, where nothing was answered by then: it may be as slow as it is, but not infinitely.
    """
    while not (found := _load(port, shot, key, seconds, clients)).requests:
        seconds *= 2
        if seconds > _PATIENCE_SECONDS:
            raise SystemExit(f"no answer in {seconds // 2} s: {shot.path}")
    return found


def _load(port: int, shot: Shot, key: str, seconds: int, clients: int) -> Load:
    with loading(port, shot, key, seconds, clients) as running:
        return outcome(running, shot)


def outcome(running: subprocess.Popen[str], shot: Shot) -> Load:
    """What a load came to, once it has ended by itself."""
    output, errors = running.communicate()
    if running.returncode:
        raise SystemExit(f"wrk: {errors or output}")
    told = json.loads(output.strip().splitlines()[-1])
    if told["bad"]:
        raise SystemExit(f"{told['bad']} requests failed: {shot.path}\n{output}")
    return Load(
        told["requests"],
        told["requests"] * 1e6 / told["microseconds"],
        told["p50"] / 1000,
        told["p99"] / 1000,
        told["max"] / 1000,
    )


@contextmanager
def loading(
    port: int, shot: Shot, key: str, seconds: int, clients: int
) -> Iterator[subprocess.Popen[str]]:
    """The running wrk; stopped at the end of the block."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f'wrk.headers["Authorization"] = "Bearer {key}"\n{shot.lua}{_REPORT}')
        script.flush()
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s",
                   "-s", script.name, f"http://127.0.0.1:{port}{shot.path}"]  # fmt: skip
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            yield running
        finally:
            running.terminate()
            running.wait()
