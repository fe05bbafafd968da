"""What setup.cfg cannot say: the package carries its documentation, built by Sphinx from docs/."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from setuptools import Command, find_packages, setup
from setuptools.command.build import build

SOURCES = Path("docs")
BUILT = Path("expressb2b_server", "documentation", "built")


class BuildDocs(Command):
    """Builds the site into the package; into the source tree, where that is what is installed.

    A part of `build`, as setuptools describes one in `setuptools.command.build.SubCommand`.
    """

    description = "build the documentation with Sphinx"
    user_options = [("build-lib=", "b", "where the packages are built")]  # noqa: RUF012

    def initialize_options(self) -> None:
        self.build_lib: str | None = None
        self.editable_mode = False

    def finalize_options(self) -> None:
        self.set_undefined_options("build_py", ("build_lib", "build_lib"))

    def run(self) -> None:
        target = BUILT if self.editable_mode else self._in_build_lib()
        with TemporaryDirectory() as folder:
            site, doctrees = f"{folder}/site", f"{folder}/doctrees"
            sphinx = (sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", doctrees)
            subprocess.run([*sphinx, str(SOURCES), site], check=True)  # noqa: S603 - our own words
            # What was there until now goes only when the new one is whole.
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(site, target)

    def get_source_files(self) -> list[str]:
        return [str(path) for path in SOURCES.rglob("*") if path.is_file()]

    def get_outputs(self) -> list[str]:
        built = [] if self.editable_mode else self._in_build_lib().rglob("*")
        return [str(path) for path in built if path.is_file()]

    def get_output_mapping(self) -> dict[str, str]:
        return {}

    def _in_build_lib(self) -> Path:
        assert self.build_lib is not None
        return Path(self.build_lib, BUILT)


build.sub_commands.append(("build_docs", None))
setup(packages=find_packages(include=["expressb2b_*"]), cmdclass={"build_docs": BuildDocs})
