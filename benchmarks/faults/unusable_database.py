"""A8: the disk is full, the database is held by another process, the folder is read-only."""

from __future__ import annotations

from benchmarks.faults import full_disk, held_database, read_only
from benchmarks.faults.findings import Finding


def run(quick: bool) -> list[Finding]:
    return [*full_disk.run(quick), *held_database.run(quick), *read_only.run(quick)]
