"""The built site is a part of the package, whichever way the package is built."""

from __future__ import annotations

import runpy
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from expressb2b_server.documentation import book
from tests.docs.blocks import ROOT

setuptools = pytest.importorskip("setuptools", reason="setuptools is not installed")

BUILT = book.BUILT.relative_to(ROOT)


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What `setup.py` declares, in a folder of its own, with a Sphinx that writes one page."""
    declared: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, "setup", declared.update)
    monkeypatch.chdir(ROOT)
    command = runpy.run_path("setup.py")["BuildDocs"]
    monkeypatch.setattr(subprocess, "run", _write_one_page)
    monkeypatch.chdir(tmp_path)
    assert declared["cmdclass"] == {"build_docs": command}
    return setuptools.Distribution({"cmdclass": declared["cmdclass"], "script_name": "setup.py"})


def _write_one_page(command: Sequence[str], *, check: bool) -> None:
    assert check and "-W" in command
    folder = Path(command[-1])
    folder.mkdir()
    (folder / "index.html").write_text("<h1>Shop</h1>")


def test_building_the_package_builds_the_docs(distribution: Any) -> None:
    assert "build_docs" in distribution.get_command_obj("build").get_sub_commands()


def test_a_wheel_gets_the_site_where_the_server_looks_for_it(distribution: Any) -> None:
    command = distribution.get_command_obj("build_docs")
    distribution.get_command_obj("build").build_lib = "build/lib"
    command.ensure_finalized()
    command.run()

    assert command.get_outputs() == [str("build/lib" / BUILT / "index.html")]


def test_a_source_tree_that_was_installed_from_can_be_run_as_it_is(distribution: Any) -> None:
    command = distribution.get_command_obj("build_docs")
    command.ensure_finalized()
    command.run()

    assert (BUILT / "index.html").is_file()


def test_an_editable_source_tree_gets_it_instead_of_what_was_there(distribution: Any) -> None:
    BUILT.mkdir(parents=True)
    (BUILT / "gone.html").touch()
    command = distribution.get_command_obj("build_docs")
    command.editable_mode = True
    command.ensure_finalized()
    command.run()

    assert [path.name for path in BUILT.iterdir()] == ["index.html"]
    assert command.get_outputs() == []
