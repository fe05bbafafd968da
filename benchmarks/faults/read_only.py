"""A server is started where it cannot write, with a database there and without."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.faults.ordering import LOOPBACK, database_in, prepared
from tests.server_processes import PATIENCE_SECONDS, command, environment


def run(quick: bool) -> list[Finding]:
    return [
        _observe(f"A8 read-only, {what}", has_database)
        for what, has_database in (("a database", True), ("none", False))
    ]


def _observe(name: str, has_database: bool) -> Finding:
    with tempfile.TemporaryDirectory() as parent:
        folder, elsewhere = Path(parent) / "data", Path(parent) / "elsewhere"
        folder.mkdir()
        elsewhere.mkdir()
        if has_database:
            prepared(database_in(folder))
        before = _contents(folder)
        with _read_only(folder):
            ended = _start(folder, elsewhere)
            is_untouched = _contents(folder) == before and not _contents(elsewhere)
    refusal = ended.stderr.strip()
    is_clear = refusal.startswith("Error: ") and str(folder) in refusal and "\n" not in refusal
    return Finding(
        name,
        "a server is started on a folder that cannot be written",
        1,
        f"exit {ended.returncode}, {'named the folder' if is_clear else repr(refusal)}, "
        f"{'nothing' if is_untouched else 'something'} made",
        "exit 1, one sentence that names the folder, nothing made",
        ended.returncode == 1 and is_clear and is_untouched and ended.stdout == "",
    )


def _start(folder: Path, elsewhere: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("--port", "0", "--database", database_in(folder)),
        capture_output=True,
        text=True,
        check=False,
        cwd=elsewhere,
        timeout=PATIENCE_SECONDS,
        env=environment(elsewhere, LOOPBACK),
    )


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """Nobody may write there: by its mode, and for root, whom no mode stops, by a mount."""
    mount = ["mount", "--bind", "-o", "ro", str(folder), str(folder)]
    is_mounted = False
    folder.chmod(0o555)
    with suppress(FileNotFoundError):
        is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield
    finally:
        if is_mounted:
            subprocess.run(["umount", str(folder)], check=True)
        folder.chmod(0o755)
