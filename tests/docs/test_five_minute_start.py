"""The five-minute guide, followed word by word."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS, ROOT, Block, blocks_of
from tests.docs.running import Shell

GUIDE = (DOCS / "five-minute-start.md").read_text()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def until_the_receiver_has_told(what: str) -> Block:
    said = f"timeout 10 sh -c 'until grep -qh \"{what}\" .terminal-*; do sleep 0.1; done'\n"
    return Block(line=0, language="bash", code=said, word=None, said=None)


def follow(shell: Shell, steps: Sequence[Block], deadline_seconds: float) -> str:
    """Follow these steps up to the event that tells of the approval; what they print."""
    server, receiver = free_port(), free_port()
    shell.environment["EXPRESSB2B_PORT"] = str(server)
    return shell.run(
        [*steps, until_the_receiver_has_told("order.approved: order 1001, 154.00")],
        {"127.0.0.1:8000": f"127.0.0.1:{server}", "9100": str(receiver)},
        deadline_seconds,
    )


def test_the_guide_leads_to_an_approved_order_and_its_webhooks(
    shell: Callable[..., Shell],
) -> None:
    steps = [block for block in blocks_of(GUIDE) if block.word != "not run"]

    printed = follow(shell({}), steps, deadline_seconds=60)

    assert '"unit_price": "38.50"' in printed
    assert "approved\n" in printed
    assert "succeeded" in printed


@pytest.mark.skipif(
    "EXPRESSB2B_FRESH_CLONE" not in os.environ,
    reason="installs everything from nothing: set EXPRESSB2B_FRESH_CLONE=1",
)
def test_the_guide_works_word_by_word_in_a_fresh_clone(
    shell: Callable[..., Shell], tmp_path: Path
) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)

    printed = follow(shell({}), list(blocks_of(GUIDE)), deadline_seconds=600)

    assert "succeeded" in printed
    assert (tmp_path / ".venv" / "bin" / "expressb2b").exists()
