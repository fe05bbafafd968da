"""The server as a process: what it prints, what it refuses, how it stops."""

from __future__ import annotations

import gc
import re
import signal
import subprocess
from pathlib import Path

import pytest

from expressb2b_server.running import serve
from expressb2b_server.serving.server import Server
from expressb2b_server.settings import load
from tests.server_processes import PATIENCE_SECONDS, command, environment, running


def refused(folder: Path, *arguments: str, code: int = 1) -> str:
    ended = subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        cwd=folder,
        env=environment(folder),
        check=False,
    )
    assert ended.returncode == code, ended
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("Error: ")
    return ended.stderr


def test_links_are_absolute_as_soon_as_the_address_is_known(tmp_path: Path) -> None:
    with running(tmp_path, "--demo") as server:
        key = re.search(r"eb2b_live_\w+", server.greeting)
        assert key
        listed = server.get("/api/orders?per_page=1", Authorization=f"Bearer {key[0]}")

    assert listed.headers["Link"].startswith(f"<{server.address}/api/orders?per_page=1&cursor=")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_makes_what_is_missing_answers_and_stops_with_zero(
    tmp_path: Path, by: signal.Signals
) -> None:
    with running(tmp_path) as server:
        answer = server.get("/readyz")
        assert (answer.status, answer.json()) == (200, {"status": "ok"})
        assert server.get("/metrics").status == 200
        assert server.get("/api/orders").status == 401
        assert "sqlite:///expressb2b-data/expressb2b.db" in server.greeting
        assert server.stop(by) == 0
    assert (tmp_path / "expressb2b-data" / "expressb2b.db").exists()


def test_what_was_loaded_before_it_serves_is_kept_from_the_garbage_collector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(
        Server, "run_until_stopped", lambda server: frozen.append(gc.get_freeze_count())
    )
    settings = load({"database": f"sqlite:///{tmp_path / 'shop.db'}", "port": "0"}, {})

    try:
        serve(settings, lambda line: None)
    finally:
        gc.unfreeze()

    assert frozen[0] > 10_000


def test_a_second_server_on_the_file_is_told_of_the_first(tmp_path: Path) -> None:
    with running(tmp_path, "--database", "sqlite:///shop.db") as server:
        told = refused(tmp_path, "--port", "0", "--database", "sqlite:///shop.db")

        assert server.address in told
        assert str(server.process.pid) in told


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with running(tmp_path, "--database", "sqlite:///one.db") as server:
        port = server.address.rpartition(":")[2]

        told = refused(tmp_path, "--port", port, "--database", "sqlite:///two.db")

        assert port in told
        assert "--port" in told


def test_a_database_that_cannot_be_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    assert "slashes" in refused(tmp_path, "--database", "sqlite:shop.db", code=2)
    assert "file" in refused(tmp_path, "--database", "sqlite:///file/shop.db")
    assert "--demo" in refused(tmp_path, "--demo", "--database", "sqlite:///s.db", code=2)


def test_a_wrong_value_is_refused_before_anything_starts(tmp_path: Path) -> None:
    assert "--port '80x'" in refused(tmp_path, "--port", "80x", code=2)
    assert list(tmp_path.iterdir()) == []


def test_a_demo_prints_a_key_that_works_and_leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path, "--demo") as server:
        key = re.search(r"eb2b_live_\w+", server.greeting)
        assert key

        listed = server.get("/api/orders?per_page=1", Authorization=f"Bearer {key[0]}")

        assert listed.status == 200
        assert listed.json()["meta"]["total"] >= 500
        assert server.stop(signal.SIGTERM) == 0
    assert list(tmp_path.iterdir()) == []
