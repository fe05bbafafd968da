from __future__ import annotations

import os
from pathlib import Path

import pytest

from expressb2b_core.errors import DatabaseInUse, Misconfigured
from expressb2b_server.server_lock import only_server


def test_a_second_server_is_told_of_the_first(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'shop.db'}"

    with only_server(database) as lock:
        lock.name_holder("http://127.0.0.1:8000")
        with pytest.raises(DatabaseInUse) as caught, only_server(database):
            pass

    told = str(caught.value)
    assert f"process {os.getpid()}, http://127.0.0.1:8000" in told
    assert "shop.db" in told


def test_a_longer_word_of_before_leaves_no_rest(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'shop.db'}"
    with only_server(database) as lock:
        lock.name_holder("http://a-very-long-name.example.com:8000")
    with (
        only_server(database) as lock,
        pytest.raises(DatabaseInUse) as caught,
        only_server(database),
    ):
        pass

    assert "example.com" not in str(caught.value)


def test_the_file_is_the_same_through_another_name(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "alias").symlink_to(tmp_path / "real")

    with (
        only_server(f"sqlite:///{tmp_path / 'real' / 'shop.db'}"),
        pytest.raises(DatabaseInUse),
        only_server(f"sqlite:///{tmp_path / 'alias' / 'shop.db'}"),
    ):
        pass


def test_after_the_first_has_ended_the_next_may_start(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'folder' / 'shop.db'}"

    for _ in range(2):
        with only_server(database):
            pass


@pytest.mark.parametrize("database", ["sqlite:///:memory:", "postgresql://db/shop"])
def test_where_there_is_no_file_there_is_nothing_to_hold(database: str) -> None:
    with only_server(database) as first, only_server(database):
        first.name_holder("http://127.0.0.1:8000")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(Misconfigured) as caught, only_server(f"sqlite:///{tmp_path}/file/shop.db"):
        pass

    assert str(tmp_path / "file") in str(caught.value)
