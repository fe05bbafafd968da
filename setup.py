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
    """Builds the site into the source tree, which may be run as it is, and into the package.

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
        with TemporaryDirectory() as folder:
            site, doctrees = f"{folder}/site", f"{folder}/doctrees"
            sphinx = (sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", doctrees)
            subprocess.run([*sphinx, str(SOURCES), site], check=True)  # noqa: S603 - our own words
            # What was there until now goes only when the new one is whole.
            for target in self._targets():
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(site, target)

    def get_source_files(self) -> list[str]:
        return [str(path) for path in SOURCES.rglob("*") if path.is_file()]

    def get_outputs(self) -> list[str]:
        in_package = self._targets()[1:]
        return [str(file) for folder in in_package for file in folder.rglob("*") if file.is_file()]

    def get_output_mapping(self) -> dict[str, str]:
        return {}

    def _targets(self) -> list[Path]:
        assert self.build_lib is not None
        return [BUILT] if self.editable_mode else [BUILT, Path(self.build_lib, BUILT)]


build.sub_commands.append(("build_docs", None))
setup(packages=find_packages(include=["expressb2b_*"]), cmdclass={"build_docs": BuildDocs})
